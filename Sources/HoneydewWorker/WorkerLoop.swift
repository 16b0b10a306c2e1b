internal import HoneydewAPI
internal import HoneydewCore
internal import HoneydewFrames
internal import HoneydewProtobuf
internal import HoneydewSystem

/// The worker's one thread: reads the daemon's messages, advances the job, waits.
final class WorkerLoop {
  private static let heartbeatInterval = Duration.seconds(5)
  /// To look costs more than a short job does.
  private static let usageInterval = Duration.seconds(1)

  private let channel: Channel
  private let sandbox: SandboxGrant
  private let meter: UsageMeter
  private let bounds: Bounds
  /// Of a worker of local commands.
  private let place: LocalPlace?
  private lazy var client = HTTPClient(userAgent: "Honeydew/\(HoneydewVersion.current)")
  private var session = WorkerSession()
  /// For the next large result.
  private var spool: SpoolFile?
  private var attempt: Attempt?
  /// What is to be sent of the job that has just ended.
  private var result: Honeydew_Worker_Result?
  private var usage = Honeydew_Worker_Usage()
  private var usageIsCurrentUntil = Duration.zero

  /// The job that runs.
  private struct Attempt {
    let run: Honeydew_Worker_Run
    let runner: any CommandRunner
    /// nil for a job without a time limit, and one that is being ended.
    var deadline: Duration?
    var nextHeartbeat: Duration

    /// When something is due although nothing happens.
    var nextMoment: Duration {
      var moments = [nextHeartbeat]
      if let deadline { moments.append(deadline) }
      switch runner.pause {
      case .network, .events(_, until: nil): break
      case .until(let moment), .events(_, until: let moment?): moments.append(moment)
      }
      return moments.min() ?? nextHeartbeat
    }
  }

  /// - Parameters:
  ///   - sandbox: what the process has given up.
  ///   - meter: made before that.
  ///   - place: of a worker of local commands.
  init(channel: Channel, sandbox: SandboxGrant, meter: UsageMeter, place: LocalPlace?) {
    self.channel = channel
    self.sandbox = sandbox
    self.meter = meter
    self.place = place
    bounds = Bounds(files: sandbox.landlock > 0 ? Sandbox.resolverFiles : [])
  }

  /// Serves until the daemon wants the worker gone. An error that says that the daemon is gone is an end like it.
  func run() throws(ChannelError) {
    // What a job has started outside does not outlive the worker.
    defer { abandon() }
    try sendReady()
    while try receive() {
      try advance(now: Clock.monotonic())
      try sendResult()
      // A job that ends at once is one message to the daemon with its beginning.
      try channel.flush()
      wait(now: Clock.monotonic())
    }
  }

  /// Acts on what the daemon has sent; false when the worker must end.
  private func receive() throws(ChannelError) -> Bool {
    if let place {
      if place.takeTermination() { return false }
      // What could not be ended with its command has ended since.
      if attempt == nil { place.tree.reap() }
    }
    for message in try channel.receive() {
      if let file = channel.takePassedFile() { spool = SpoolFile(owning: file) }
      switch session.handle(message) {
      case .begin(let run):
        if let reason = bounds.objection(to: run) {
          try decline(run, reason)
          return false
        }
        try begin(run, now: Clock.monotonic())
      case .cancel:
        if let hadEffect = abort(.cancelled, now: Clock.monotonic()) {
          finish(.failure(APIFailure(.cancelled, "cancelled on request", wasNotSent: !hadEffect)))
        }
      case .signal(let number): attempt?.runner.signal(number)
      case .exit: return false
      case .nothing: break
      case nil: throw .unreadable("a message out of turn")
      }
    }
    return true
  }

  private func decline(_ run: Honeydew_Worker_Run, _ reason: String) throws(ChannelError) {
    try channel.queue(
      .declined(
        .with {
          $0.jobID = run.jobID
          $0.attempt = run.attempt
          $0.reason = reason
        }))
    try channel.flush()
  }

  private func begin(_ run: Honeydew_Worker_Run, now: Duration) throws(ChannelError) {
    _ = SystemCallFilter.takeRefusedCall()
    let runner: any CommandRunner
    do throws(APIFailure) {
      runner = try makeRunner(for: run, client: client, spool: spool, channel: channel, place: place)
    } catch {
      return finish(.failure(error), of: run)
    }
    attempt = Attempt(
      run: run, runner: runner, deadline: run.timeoutMs > 0 ? now + .milliseconds(run.timeoutMs) : nil,
      nextHeartbeat: now + Self.heartbeatInterval)
    try channel.queue(
      .started(
        .with {
          $0.jobID = run.jobID
          $0.attempt = run.attempt
          $0.pid = runner.pid
        }))
  }

  /// Takes the job a step further, and does what is due.
  private func advance(now: Duration) throws(ChannelError) {
    guard let attempt else { return }
    if let outcome = attempt.runner.step(now: now) {
      return finish(outcome)
    }
    if let deadline = attempt.deadline, deadline <= now {
      let known = attempt.runner.knownOutcome
      guard let hadEffect = abort(.timedOut, now: now) else { return }
      if let known { return finish(known) }
      var text = "not finished within \(attempt.run.timeoutMs) ms"
      if attempt.runner.pause == .network {
        text += hadEffect ? "; the API had not answered in full" : "; there was no connection to the API yet"
      }
      return finish(.failure(APIFailure(.timeout, text, wasNotSent: !hadEffect)))
    }
    if attempt.nextHeartbeat <= now {
      self.attempt?.nextHeartbeat = now + Self.heartbeatInterval
      try channel.queue(
        .heartbeat(
          .with {
            $0.jobID = attempt.run.jobID
            $0.attempt = attempt.run.attempt
            $0.usage = currentUsage(now: now)
          }))
    }
  }

  private func wait(now: Duration) {
    guard let attempt else { return channel.waitForInput(or: signals, atMost: nil) }
    let timeout = attempt.nextMoment - now
    switch attempt.runner.pause {
    case .network: client.wait(for: channel.fileNumber, atMost: timeout)
    case .until: channel.waitForInput(or: signals, atMost: timeout)
    case .events(let interests, _): channel.waitForInput(or: signals + interests, atMost: timeout)
    }
  }

  private var signals: [Interest] { place.map { [$0.signals] } ?? [] }

  /// Ends the attempt, or begins to: nil then, and its steps go on.
  private func abort(_ cut: Cut, now: Duration) -> Bool? {
    guard let runner = attempt?.runner else { return nil }
    attempt?.deadline = nil
    return runner.abort(cut, now: now)
  }

  /// Ends what the attempt has started, and waits for that: nobody asks for its outcome any more.
  private func abandon() {
    guard place != nil, let runner = attempt?.runner, abort(.abandoned, now: Clock.monotonic()) == nil else { return }
    while runner.step(now: Clock.monotonic()) == nil {
      guard case .events(let interests, let until) = runner.pause else { return }
      Interest.wait(for: signals + interests, atMost: until.map { $0 - Clock.monotonic() })
      _ = place?.takeTermination()
    }
  }

  private func finish(_ outcome: Outcome) {
    guard let run = attempt?.run else { preconditionFailure("no attempt runs") }
    attempt = nil
    finish(outcome, of: run)
  }

  private func finish(_ outcome: Outcome, of run: Honeydew_Worker_Run) {
    guard let id = session.answer() else { preconditionFailure("no attempt runs") }
    let outcome = outcome.naming(refusedCall: SystemCallFilter.takeRefusedCall())
    result = Honeydew_Worker_Result(result(outcome), of: id, run: run)
  }

  /// The outcome as the daemon is told it. A file that holds a result is the daemon's.
  private func result(_ outcome: Outcome) -> Outcome {
    let outcome = outcome.spooledIfLarge(in: spool)
    if case .spooled = outcome { spool = nil }
    return outcome
  }

  /// Sends the result of a job that has ended, when what the job held is free again: the usage in it is that between
  /// two jobs.
  private func sendResult() throws(ChannelError) {
    guard var result = result.take() else { return }
    result.usage = currentUsage(now: Clock.monotonic())
    do throws(ChannelError) {
      try channel.queue(.result(result))
    } catch .notSendable {
      let failure = APIFailure(
        .apiUnavailable, "the result does not fit into a frame, and the daemon had no file for it", wasNotKept: true)
      result.outcome = .failure(Honeydew_Worker_Failure(failure))
      try channel.queue(.result(result))
    }
  }

  private func sendReady() throws(ChannelError) {
    try channel.queue(
      .ready(
        .with {
          $0.protocolVersion = WorkerProtocol.version
          $0.version = HoneydewVersion.current
          $0.usage = currentUsage(now: Clock.monotonic())
          $0.sandbox = .with {
            $0.landlock = UInt32(sandbox.landlock)
            $0.filtersCalls = sandbox.filtersCalls
            $0.problem = sandbox.problem
          }
        }))
  }

  /// The daemon cannot read it: under `ProtectProc=invisible` it does not see its workers' files.
  private func currentUsage(now: Duration) -> Honeydew_Worker_Usage {
    if now >= usageIsCurrentUntil, let latest = try? meter.read() {
      usageIsCurrentUntil = now + Self.usageInterval
      usage.residentBytes = latest.residentBytes
      usage.cpuMicroseconds = UInt64(max(0, latest.cpuTime / .microseconds(1)))
    }
    return usage
  }
}
