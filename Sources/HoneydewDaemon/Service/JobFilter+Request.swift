internal import HoneydewCore
internal import HoneydewMessages
internal import HoneydewStore

extension JobFilter {
  /// - Throws: what is wrong with a field.
  init(_ message: Honeydew_JobFilter) throws(Refusal) {
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
    if message.hasSubmittedBy { submitter = message.submittedBy }
    createdFrom = try Self.moment(message.createdFrom, "created_from")
    createdBefore = try Self.moment(message.createdBefore, "created_before")
    endedFrom = try Self.moment(message.endedFrom, "ended_from")
    endedBefore = try Self.moment(message.endedBefore, "ended_before")
  }

  /// A filter for an operation on many jobs: it must say something, and means only jobs in these states.
  ///
  /// - Parameter reach: whose jobs may be meant.
  init(
    _ message: Honeydew_JobFilter, within states: Set<JobStatus>, _ reach: Access.Reach
  ) throws(Refusal) {
    try self.init(message)
    guard self != JobFilter() else {
      throw .invalid("filter", "the filter is empty, and would mean every job; set at least one of its fields")
    }
    submitter = try reach.narrow(to: submitter)
    if statuses.isEmpty { statuses = states }
    guard statuses.isSubset(of: states) else {
      let words = states.map(\.rawValue).sorted().joined(separator: ", ")
      throw .invalid("status", "this is for jobs that are \(words)")
    }
  }

  private static func moment(_ text: String, _ field: String) throws(Refusal) -> Timestamp? {
    guard !text.isEmpty else { return nil }
    guard let moment = Timestamp(text) else {
      throw .invalid(field, "\(field) is no RFC 3339 time, such as 2026-01-31T12:00:00Z")
    }
    return moment
  }
}
