internal import HoneydewCore
internal import HoneydewRPC
internal import HoneydewStore
internal import HoneydewWire

/// What operators do to jobs: one by one, or all that match a filter.
extension DaemonService {
  func retryJob(_ request: Honeydew_RetryJobRequest, _ call: UnaryCall<Honeydew_RetryJobResponse>) {
    operate(request.jobIds, request.hasFilter ? request.filter : nil, [.failed, .cancelled], call) { count in
      .with { $0.retried = Int64(count) }
    } one: { [supervisor] ids throws(Status) in
      try supervisor.retry(ids)
    } many: { [supervisor] in
      supervisor.retryAll($0, completion: $1)
    }
  }

  func removeJobs(_ request: Honeydew_RemoveJobsRequest, _ call: UnaryCall<Honeydew_RemoveJobsResponse>) {
    operate(request.jobIds, request.hasFilter ? request.filter : nil, [.completed, .failed, .cancelled], call) {
      count in
      .with { $0.removed = Int64(count) }
    } one: { [supervisor] ids throws(Status) in
      try supervisor.remove(ids)
    } many: { [supervisor] in
      supervisor.removeAll($0, completion: $1)
    }
  }

  func setJobPriority(_ request: Honeydew_SetJobPriorityRequest, _ call: UnaryCall<Honeydew_SetJobPriorityResponse>) {
    decide(call) { () throws(Status) in
      let id = try supervisor.setPriority(of: request.jobID, to: request.priority)
      return .with { $0.jobID = id }
    }
  }

  /// - Parameter states: those in which the operation makes sense.
  private func operate<Response>(
    _ ids: [String], _ filter: Honeydew_JobFilter?, _ states: Set<JobStatus>, _ call: UnaryCall<Response>,
    answer: @escaping (Int) -> Response, one: ([String]) throws(Status) -> Int,
    many: (JobFilter, @escaping (Result<Int, Status>) -> Void) -> Void
  ) {
    do throws(Status) {
      try supervisor.requireStore(forWriting: true)
      guard ids.isEmpty == (filter != nil) else {
        throw .invalid("job_ids", "name jobs, or describe them by a filter: one of the two")
      }
      guard let filter else { return decide(call) { () throws(Status) in answer(try one(ids)) } }
      many(try JobFilter(filter, within: states)) { [supervisor] result in
        switch result {
        case .success(let count): supervisor.turn.reply(to: call) { () throws(Status) in answer(count) }
        case .failure(let status): call.fail(status)
        }
      }
    } catch {
      call.fail(error)
    }
  }
}

extension JobFilter {
  /// - Throws: what is wrong with a field.
  init(_ message: Honeydew_JobFilter) throws(Status) {
    self.init()
    if !message.status.isEmpty {
      guard let status = JobStatus(rawValue: message.status) else {
        let words = JobStatus.allCases.map(\.rawValue).joined(separator: ", ")
        throw .invalid("status", "there is no status \"\(message.status.printable)\"; it is one of \(words)")
      }
      statuses = [status]
    }
    if !message.command.isEmpty { command = message.command }
    if !message.environment.isEmpty { environment = message.environment }
    if !message.label.isEmpty {
      guard let parsed = LabelRules.parse(message.label) else {
        throw .invalid("label", "\"\(message.label.printable)\" is no label; write name=value")
      }
      label = Label(name: parsed.name, value: parsed.value)
    }
    if !message.schedule.isEmpty { schedule = message.schedule }
    createdFrom = try Self.moment(message.createdFrom, "created_from")
    createdBefore = try Self.moment(message.createdBefore, "created_before")
    endedBefore = try Self.moment(message.endedBefore, "ended_before")
  }

  /// A filter for an operation on many jobs: it must say something, and means only jobs in these states.
  init(_ message: Honeydew_JobFilter, within states: Set<JobStatus>) throws(Status) {
    try self.init(message)
    guard self != JobFilter() else {
      throw .invalid("filter", "the filter is empty, and would mean every job; set at least one of its fields")
    }
    if statuses.isEmpty { statuses = states }
    guard statuses.isSubset(of: states) else {
      let words = states.map(\.rawValue).sorted().joined(separator: ", ")
      throw .invalid("status", "this is for jobs that are \(words)")
    }
  }

  private static func moment(_ text: String, _ field: String) throws(Status) -> Timestamp? {
    guard !text.isEmpty else { return nil }
    guard let moment = Timestamp(text) else {
      throw .invalid(field, "\(field) is no RFC 3339 time, such as 2026-01-31T12:00:00Z")
    }
    return moment
  }
}
