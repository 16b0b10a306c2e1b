internal import HoneydewConfig
internal import HoneydewCore
internal import HoneydewRPC
internal import HoneydewStore
internal import HoneydewSystem
internal import HoneydewVault

/// Checking what clients submit, and queueing it.
extension Supervisor {
  static let maximumPayload = 512 << 10
  static let maximumTimeout = Duration.seconds(24 * 3600)
  static let maximumDelay = Duration.seconds(10 * 366 * 24 * 3600)

  /// Checks and queues jobs: all of them, or none.
  ///
  /// - Throws: the refusal of the first one that is wrong, and its index.
  /// - Returns: the jobs' ids; under a key that is known, those of the first submission.
  func submit(_ submissions: [Submission]) throws(IndexedRefusal) -> [String] {
    var accepted: [(job: Job, isNew: Bool)] = []
    var byKey: [String: Job] = [:]
    for (index, submission) in submissions.enumerated() {
      do throws(Status) {
        let job = try check(submission)
        if let first = try earlierJob(job.idempotency?.key, among: byKey) {
          guard try isRepeated(first, by: job) else {
            throw byKey[job.idempotency?.key ?? ""] == nil ? .idempotencyConflict(first) : .idempotencyConflictWithin
          }
          accepted.append((first, false))
        } else {
          if let key = job.idempotency?.key { byKey[key] = job }
          accepted.append((job, true))
        }
      } catch {
        throw IndexedRefusal(status: error, index: index)
      }
    }
    return accepted.map { job, isNew in isNew ? queue(job) : job.id }
  }

  func submit(_ submission: Submission) throws(Status) -> String {
    do {
      return try submit([submission])[0]
    } catch {
      throw error.status
    }
  }

  func queue(_ job: Job) -> String {
    var job = job
    job.sequence = jobs.nextSequence()
    jobs.insert(job, wallNow: wallNow)
    let fields: LogFields = [
      "job_id": .string(job.id), "command": .string(job.command), "priority": .int(Int(job.priority)),
    ]
    turn.afterCommit { [log, statistics, now] in
      statistics.jobSubmitted(at: now)
      log.of(.queue).info("job submitted", fields)
    }
    return job.id
  }

  private func earlierJob(_ key: String?, among new: [String: Job]) throws(Status) -> Job? {
    guard let key else { return nil }
    if let job = new[key] { return job }
    return try available { () throws(StoreError) in try jobs.job(idempotencyKey: key) }
  }

  /// What is to be done, once it is found to be right.
  struct Request {
    var command: Command
    /// In the open.
    var payload: [UInt8]
    var environment: String?
  }

  /// What a submission asks for, or why it cannot be.
  func request(_ submission: Submission) throws(Status) -> Request {
    let command = try command(named: submission.command)
    let payload = submission.payload.isEmpty ? Array("{}".utf8) : submission.payload
    guard payload.count <= Self.maximumPayload else {
      throw .invalid("payload", "the payload has \(payload.count) bytes; at most \(Self.maximumPayload) are allowed")
    }
    do {
      try command.check(payload: payload)
    } catch {
      throw .invalid("payload", "\(error)")
    }
    try check(submission.options)
    return Request(
      command: command, payload: payload,
      environment: try environmentName(for: command, named: submission.environment))
  }

  /// The job that a submission asks for, its place in the queue aside.
  func check(_ submission: Submission) throws(Status) -> Job {
    try requireStore(forWriting: true)
    let request = try request(submission)
    let options = submission.options
    let id = newID()
    return Job(
      id: id, sequence: 0, command: request.command.name,
      payload: try seal(request.payload, of: request.command, row: Job.row(id: id)), priority: options.priority,
      environment: request.environment, maxRetries: options.maxRetries ?? Int32(settings.queue.maxRetries),
      timeoutMilliseconds: options.timeoutMilliseconds, labels: options.labels,
      idempotency: options.idempotencyKey.isEmpty
        ? nil : Idempotency(key: options.idempotencyKey, options: options.canonicalText),
      nextRunAt: try start(options), createdAt: wallNow)
  }

  /// The payload as it may be stored in the row.
  func seal(_ payload: [UInt8], of command: Command, row: String) throws(Status) -> [UInt8] {
    do {
      return try environments.vault.seal(payload: payload, of: command, row: row)
    } catch {
      throw .sealingFailed("the secret arguments", error)
    }
  }

  /// Whether another submission under the same key asks for the same: the order of a payload's keys does not matter.
  private func isRepeated(_ first: Job, by other: Job) throws(Status) -> Bool {
    guard first.command == other.command, first.environment == other.environment,
      first.idempotency?.options == other.idempotency?.options
    else { return false }
    if first.payload == other.payload { return true }
    do {
      return try canonical(open(first)) == canonical(open(other))
    } catch {
      throw .sealingFailed("the secret arguments of job \(first.id)", error)
    }
  }

  /// The job's payload with its secret arguments in the open.
  func open(_ job: Job) throws(VaultError) -> [UInt8] {
    try open(job.payload, of: job.command, row: Job.row(id: job.id))
  }

  private func check(_ options: Submission.Options) throws(Status) {
    if let retries = options.maxRetries, !(0...Job.maximumRetries).contains(retries) {
      throw .invalid("max_retries", "max_retries is \(retries); it must be 0 to \(Job.maximumRetries)")
    }
    if let timeout = options.timeoutMilliseconds, !(1...Self.maximumTimeout.wholeMilliseconds).contains(timeout) {
      throw .invalid(
        "timeout_ms", "timeout_ms is \(timeout); it must be 1 to \(Self.maximumTimeout.wholeMilliseconds) (24 h)")
    }
    guard options.idempotencyKey.utf8.count <= 255 else {
      throw .invalid("idempotency_key", "idempotency_key has \(options.idempotencyKey.utf8.count) bytes; at most 255")
    }
    if let problem = LabelRules.problem(options.labels) { throw .invalid("labels", problem) }
  }

  /// When the job is to run; nil, at once, also for a moment that has passed.
  private func start(_ options: Submission.Options) throws(Status) -> Timestamp? {
    guard options.runAt.isEmpty || options.delayMilliseconds == nil else {
      throw .invalid("run_at", "run_at and delay_ms exclude each other")
    }
    if let delay = options.delayMilliseconds {
      guard delay <= Self.maximumDelay.wholeMilliseconds else {
        throw .invalid(
          "delay_ms", "delay_ms is \(delay); it must be at most \(Self.maximumDelay.wholeMilliseconds) (10 years)")
      }
      return delay <= 0 ? nil : wallNow + .milliseconds(delay)
    }
    guard !options.runAt.isEmpty else { return nil }
    guard let moment = Timestamp(options.runAt) else {
      throw .invalid("run_at", "run_at is no RFC 3339 time, such as 2026-01-31T12:00:00Z")
    }
    return moment > wallNow ? moment : nil
  }

  private func command(named name: String) throws(Status) -> Command {
    guard let command = CommandRegistry.find(name) else {
      let near = CommandRegistry.similar(to: name)
      let hint = near.isEmpty ? "" : "; did you mean \(near.joined(separator: " or "))?"
      throw .error(
        .invalidArgument, "there is no command \"\(name.printable)\"\(hint)", reason: "UNKNOWN_COMMAND",
        metadata: ["field": "command"])
    }
    switch command.target {
    case .api: return command
    case .internalCall:
      throw .error(
        .invalidArgument, "\(name) handles secrets and is no job; use: honeydew login", reason: "UNKNOWN_COMMAND",
        metadata: ["field": "command"])
    case .diagnostic:
      guard settings.queue.diagnostics else {
        throw .error(
          .invalidArgument, "diagnostic commands are off; `queue.diagnostics: true` in config.yaml admits them",
          reason: "DIAGNOSTICS_OFF")
      }
      return command
    }
  }

  private func environmentName(for command: Command, named name: String) throws(Status) -> String? {
    guard command.callsAPI else {
      guard name.isEmpty else {
        throw .invalid("environment", "\(command.name) calls no API: leave the environment out")
      }
      return nil
    }
    return try environment(named: name).name
  }
}

/// Why one of several submissions was refused.
struct IndexedRefusal: Error {
  var status: Status
  var index: Int

  /// The refusal in the terms of a bulk call.
  var indexed: Status {
    let place = "jobs[\(index)]"
    guard let info = status.errorInfo else { return status }
    var metadata = info.metadata
    metadata["field"] = metadata["field"].map { "\(place).\($0)" } ?? place
    return .error(status.code, "\(place): \(status.message)", reason: info.reason, metadata: metadata)
  }
}
