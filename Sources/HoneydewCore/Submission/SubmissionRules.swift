internal import HoneydewJSON

/// What may be submitted, and what becomes of the parts that were left out.
public struct SubmissionRules: Sendable {
  /// In bytes of JSON text.
  public static let maximumPayload = 512 << 10
  /// Of one attempt.
  public static let maximumTimeout = Duration.seconds(24 * 3600)
  /// Until a job is to run, and of a schedule's window for ticks that are made up for.
  public static let maximumDelay = Duration.seconds(10 * 366 * 24 * 3600)
  public static let maximumKeyBytes = 255
  /// The most jobs that one call may submit, name or wait for.
  public static let maximumJobs = 10_000

  /// Whether diagnostic commands are admitted.
  public var admitsDiagnostics: Bool
  /// The names of all pools.
  public var pools: Set<String>

  public init(admitsDiagnostics: Bool, pools: Set<String> = [PoolRules.api, PoolRules.exec]) {
    self.admitsDiagnostics = admitsDiagnostics
    self.pools = pools
  }

  /// A submission that was found to be right.
  public struct Checked: Sendable {
    public var command: Command
    /// In the open.
    public var payload: [UInt8]
    /// The environment's name; nil for a command that calls no API.
    public var environment: String?
    /// The pool's name.
    public var pool: String
    /// What people know a local command by.
    public var local: LocalOutline?
    /// When it is to run; nil, at once, also for a moment that has passed.
    public var start: Timestamp?
  }

  /// Checks all that a submission says.
  ///
  /// - Parameter environment: the name of the environment that is meant by a name, empty for the active one; it throws
  ///   where there is none.
  public func check(
    _ submission: Submission, at now: Timestamp, environment: (String) throws(Refusal) -> String
  ) throws(Refusal) -> Checked {
    let command = try self.command(named: submission.command)
    let payload = submission.payload.isEmpty ? Array("{}".utf8) : submission.payload
    guard payload.count <= Self.maximumPayload else {
      throw .invalid("payload", "the payload has \(payload.count) bytes; at most \(Self.maximumPayload) are allowed")
    }
    let arguments: JSONValue
    do {
      arguments = try command.check(payload: payload)
    } catch {
      throw .invalid("payload", "\(error)")
    }
    try check(submission.options)
    let pool = try PoolRules.pool(of: command, wanted: submission.options.pool, among: pools)
    let start = try self.start(submission.options, at: now)
    guard command.callsAPI else {
      guard submission.environment.isEmpty else {
        throw .invalid("environment", "\(command.name) calls no API: leave the environment out")
      }
      let local = command.isLocal ? try? LocalCommand(payload: arguments) : nil
      return Checked(
        command: command, payload: payload, environment: nil, pool: pool, local: local.map { LocalOutline($0) },
        start: start)
    }
    return Checked(
      command: command, payload: payload, environment: try environment(submission.environment), pool: pool,
      start: start)
  }

  /// Whether clients may submit jobs of the command.
  public func admits(_ command: Command) -> Bool {
    switch command.target {
    case .api, .document, .local: true
    case .internalCall: false
    case .diagnostic: admitsDiagnostics
    }
  }

  private func command(named name: String) throws(Refusal) -> Command {
    guard let command = CommandRegistry.find(name) else {
      let near = name.utf8.count <= 100 ? CommandRegistry.similar(to: name) : []
      let hint = near.isEmpty ? "" : "; did you mean \(near.joined(separator: " or "))?"
      throw Refusal(.unknownCommand, "there is no command \"\(name.printable)\"\(hint)", facts: ["field": "command"])
    }
    if case .internalCall = command.target {
      throw Refusal(
        .unknownCommand, "\(name) handles secrets and is no job; use: honeydew login", facts: ["field": "command"])
    }
    guard admits(command) else {
      throw Refusal(
        .diagnosticsOff, "diagnostic commands are off; `queue.diagnostics: true` in config.yaml admits them",
        facts: ["field": "command"])
    }
    return command
  }

  private func check(_ options: Submission.Options) throws(Refusal) {
    if let retries = options.maxRetries, !(0...Job.maximumRetries).contains(retries) {
      throw .outOfRange("max_retries", retries, 0...Int64(Job.maximumRetries))
    }
    if let timeout = options.timeoutMilliseconds, !(1...Self.maximumTimeout.wholeMilliseconds).contains(timeout) {
      throw .invalid(
        "timeout_ms", "timeout_ms is \(timeout); it must be 1 to \(Self.maximumTimeout.wholeMilliseconds) (24 h)")
    }
    guard options.idempotencyKey.utf8.count <= Self.maximumKeyBytes else {
      throw .invalid(
        "idempotency_key",
        "idempotency_key has \(options.idempotencyKey.utf8.count) bytes; at most \(Self.maximumKeyBytes)")
    }
    if let problem = LabelRules.problem(options.labels) { throw .invalid("labels", problem) }
  }

  private func start(_ options: Submission.Options, at now: Timestamp) throws(Refusal) -> Timestamp? {
    guard options.runAt.isEmpty || options.delayMilliseconds == nil else {
      throw .invalid("run_at", "run_at and delay_ms exclude each other")
    }
    if let delay = options.delayMilliseconds {
      guard (0...Self.maximumDelay.wholeMilliseconds).contains(delay) else {
        throw .invalid(
          "delay_ms", "delay_ms is \(delay); it must be 0 to \(Self.maximumDelay.wholeMilliseconds) (10 years)")
      }
      return delay == 0 ? nil : now + .milliseconds(delay)
    }
    guard !options.runAt.isEmpty else { return nil }
    guard let moment = Timestamp(options.runAt) else {
      throw .invalid("run_at", "run_at is no RFC 3339 time, such as 2026-01-31T12:00:00Z")
    }
    return moment > now ? moment : nil
  }
}
