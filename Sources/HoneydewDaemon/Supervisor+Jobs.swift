internal import HoneydewConfig
internal import HoneydewCore
internal import HoneydewRPC
internal import HoneydewStore
internal import HoneydewSystem

/// What a client asks to be run.
struct Submission {
  var command: String
  /// JSON text; empty means `{}`.
  var payload: [UInt8]
  var priority: Int32 = 0
  var maxRetries: Int32?
  var timeoutMilliseconds: Int64?
  /// Empty means the active environment.
  var environment = ""
}

/// Jobs on a client's request.
extension Supervisor {
  static let maximumPayload = 512 << 10
  static let maximumRetries: Int32 = 100
  static let maximumTimeout = Duration.seconds(24 * 3600)

  /// Refuses what needs the store while it is down, and new work while the daemon shuts down.
  func requireStore(forWriting isWrite: Bool) throws(Status) {
    guard store != nil else { throw .storeUnavailable }
    guard !isWrite || drain == nil else { throw .shuttingDown }
  }

  /// Checks and queues a job.
  ///
  /// - Returns: its id.
  func submit(_ submission: Submission) throws(Status) -> String {
    try requireStore(forWriting: true)
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
    if let retries = submission.maxRetries, !(0...Self.maximumRetries).contains(retries) {
      throw .invalid("max_retries", "max_retries is \(retries); it must be 0 to \(Self.maximumRetries)")
    }
    if let timeout = submission.timeoutMilliseconds, !(1...Self.maximumTimeout.wholeMilliseconds).contains(timeout) {
      throw .invalid(
        "timeout_ms", "timeout_ms is \(timeout); it must be 1 to \(Self.maximumTimeout.wholeMilliseconds) (24 h)")
    }
    let job = Job(
      id: randomID(), sequence: jobs.nextSequence(), command: command.name, payload: payload,
      priority: submission.priority, environment: try environmentName(for: command, named: submission.environment),
      maxRetries: submission.maxRetries ?? Int32(settings.queue.maxRetries),
      timeoutMilliseconds: submission.timeoutMilliseconds, createdAt: wallNow)
    jobs.insert(job)
    let fields: LogFields = [
      "job_id": .string(job.id), "command": .string(job.command), "priority": .int(Int(job.priority)),
    ]
    turn.afterCommit { [log] in log.info("job submitted", fields) }
    return job.id
  }

  private func command(named name: String) throws(Status) -> Command {
    guard let command = CommandRegistry.find(name) else {
      let near = CommandRegistry.similar(to: name)
      let hint = near.isEmpty ? "" : "; did you mean \(near.joined(separator: " or "))?"
      throw .error(.invalidArgument, "there is no command \"\(name.printable)\"\(hint)", reason: "UNKNOWN_COMMAND")
    }
    switch command.target {
    case .api: return command
    case .internalCall:
      throw .error(
        .invalidArgument, "\(name) handles secrets and is no job; use: honeydew login", reason: "UNKNOWN_COMMAND")
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
    guard case .api = command.target else {
      guard name.isEmpty else {
        throw .invalid("environment", "\(command.name) calls no API: leave the environment out")
      }
      return nil
    }
    return try environment(named: name).name
  }

  /// The named environment, or the active one for an empty name.
  func environment(named name: String) throws(Status) -> Environment {
    if let environment = name.isEmpty ? environments.active : environments.find(name) { return environment }
    throw .environmentNotFound(name)
  }

  /// Cancels a job: the cancellation is committed first, then the attempt is stopped.
  ///
  /// - Returns: the job's full id.
  func cancel(_ text: String) throws(Status) -> String {
    try requireStore(forWriting: true)
    var job = try jobs.find(text)
    let previous = job.status
    guard job.cancel(at: wallNow) else {
      throw .error(
        .failedPrecondition, "job \(job.id) has already \(previous == .completed ? "completed" : "failed")",
        reason: "JOB_ENDED")
    }
    guard previous != .cancelled else { return job.id }
    jobs.end(job, from: previous, isQueued: true)
    let work = WorkID(id: job.id, attempt: job.attempt)
    if let worker = pool.workers.first(where: { $0.slot.work == work }) {
      turn.afterCommit { [pool] in pool!.apply(.cancel(work), to: worker) }
    }
    let fields: LogFields = ["job_id": .string(job.id), "command": .string(job.command)]
    turn.afterCommit { [log] in log.info("job cancelled", fields) }
    ended(job)
    return job.id
  }

  func countAuthFailure(_ code: ErrorCode, in name: String) {
    guard let environment = environments.find(name) else { return }
    for write in environments.countAuthFailure(in: environment, at: wallNow) { turn.write(write) }
    guard code == .authExpired, let login = environments.login(of: environment) else { return }
    log.error(
      "auth token expired",
      [
        "environment": .string(name), "username": .string(login.username),
        "failed_jobs_count": .int(Int(login.failedAuthJobs)),
      ])
  }
}
