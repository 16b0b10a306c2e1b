internal import HoneydewClient
internal import HoneydewCore
internal import HoneydewMessages
internal import HoneydewRPC
internal import HoneydewSystem
internal import HoneydewText

/// A person's session with the daemon, one thing after the other: each method returns when the answer is there, shows a
/// spinner meanwhile, watches for Ctrl-C, and fails with a sentence and an exit status.
final class DaemonSession {
  /// How long to wait, and what to say during the wait and when it fails.
  struct Patience {
    /// On the monotonic clock; nil waits for ever.
    var deadline: Duration?
    /// What the spinner says; nil shows none.
    var spinner: String?
    /// Ends the wait at the deadline.
    var overdue: Failure
    /// What the failures of a wait that was cut off end with; nil where nothing is, or where the caller says it.
    var advice: String?

    func failure(_ error: ClientError) -> Failure {
      switch error {
      case .overdue: overdue
      case .interrupted: failure(.interrupted, "interrupted")
      case .lost(let reason): failure(.unreachable, reason, mayPass: true)
      default: Failure(error)
      }
    }

    private func failure(_ status: ExitCode, _ reason: String, mayPass: Bool = false) -> Failure {
      var failure = Failure(status, [reason, advice].compactMap { $0 }.joined(separator: "; "), isOutcomeKnown: false)
      failure.mayPass = mayPass
      return failure
    }
  }

  private(set) var connection: DaemonConnection
  let console: Console
  private let users: Set<UInt32>
  private let callTimeout: Duration?
  private weak var interrupts: Interrupts?
  private var versionCall: ClientCall?
  private var isAskingVersion = false

  /// Who serves the socket, as the kernel recorded it.
  var server: PeerCredentials { connection.server }

  /// Connects.
  ///
  /// - Parameters:
  ///   - users: who may serve the socket besides those who may anyway.
  ///   - callTimeout: how long the daemon may take to answer any call; nil leaves that to the calls.
  init(
    _ address: DaemonAddress, trusting users: Set<UInt32>, callTimeout: Duration?, console: Console
  ) throws(Failure) {
    self.console = console
    self.users = users
    self.callTimeout = callTimeout
    do {
      connection = try DaemonConnection(
        address, on: EventLoop(), trusting: users, patience: callTimeout ?? Self.patience)
    } catch let error as ClientError {
      throw Failure(error)
    } catch {
      throw Failure(.failed, "cannot wait for the daemon: \(error)")
    }
  }

  /// Connects again, where the connection was lost. What is watched for in the loop goes on.
  ///
  /// - Parameter deadline: when the caller gives up (monotonic time); nil is never.
  func reconnect(by deadline: Duration?) throws(Failure) {
    guard connection.loss != nil else { return }
    do {
      connection = try DaemonConnection(
        connection.address, on: connection.loop, trusting: users,
        patience: Self.shorter(callTimeout ?? Self.glance, until: deadline))
    } catch {
      throw Failure(error)
    }
  }

  // MARK: Calls

  /// How long a daemon may take to answer.
  static let patience = Duration.seconds(30)
  /// The same where the answer is whether it is well.
  static let glance = Duration.seconds(2)

  /// Makes a call that has one answer.
  ///
  /// - Parameters:
  ///   - limit: how long the daemon may take where nobody says `--call-timeout`.
  ///   - deadline: when the caller gives up whatever the daemon may take (monotonic time); nil is never.
  func unary<Reply>(
    limit: Duration = patience, by deadline: Duration? = nil, overdue status: ExitCode = .unreachable,
    saying spinner: String? = nil,
    advice: String? = "whether this was done is not known; see: honeydew status",
    _ begin: (Honeydew_DaemonClient, @escaping (Result<Reply, Status>) -> Void) -> ClientCall
  ) throws(Failure) -> Reply {
    let address = connection.address
    let ownLimit = callTimeout ?? limit
    let limit = Self.shorter(ownLimit, until: deadline)
    let silence =
      "the daemon at \(address.socket) has not answered for \(HumanText.duration(limit)); see its log, and honeydewd's process"
    let overdue = Failure(
      limit < ownLimit ? .timedOut : status, [silence, advice].compactMap { $0 }.joined(separator: "; "),
      isOutcomeKnown: false)
    var patience = Patience(
      deadline: Clock.monotonic() + limit, spinner: spinner, overdue: overdue, advice: advice)
    if connection.loss != nil { patience.advice = "start it with: \(address.startCommand)" }
    return try waiting(patience) { () throws(ClientError) in
      let reply = try connection.unary(until: patience.deadline, begin)
      // It was asked for first, so that its answer is there or on its way.
      try? connection.wait(until: Clock.monotonic() + .milliseconds(200)) { !isAskingVersion }
      return reply
    }
  }

  /// Makes a call that changes nothing, so that it does not matter whether it was carried out.
  func read<Reply>(
    limit: Duration = patience, by deadline: Duration? = nil,
    _ begin: (Honeydew_DaemonClient, @escaping (Result<Reply, Status>) -> Void) -> ClientCall
  ) throws(Failure) -> Reply {
    try unary(limit: limit, by: deadline, advice: nil, begin)
  }

  private static func shorter(_ limit: Duration, until deadline: Duration?) -> Duration {
    deadline.map { min(limit, max($0 - Clock.monotonic(), .zero)) } ?? limit
  }

  /// Makes a call that has a stream of answers, and hands them on as they come.
  func stream<Reply>(
    _ patience: Patience,
    _ begin: (Honeydew_DaemonClient, @escaping (Reply) -> Void, @escaping (Status) -> Void) -> ClientCall,
    onReply: (Reply) throws(Failure) -> Void
  ) throws(Failure) {
    let stream = connection.replies(begin)
    while let arrived = try next(of: stream, patience) {
      for reply in arrived { try onReply(reply) }
    }
  }

  /// The answers that have come since the last time; none at the deadline, nil after the stream's end.
  func next<Reply>(of stream: ReplyStream<Reply>, until deadline: Duration) throws(Failure) -> [Reply]? {
    do throws(Failure) {
      return try next(of: stream, Patience(deadline: deadline, overdue: Failure(.timedOut, "")))
    } catch  where error.status == .timedOut {
      return []
    }
  }

  /// Waits until one of several streams has answers, or its end.
  ///
  /// - Returns: whether one has, before the deadline (monotonic time).
  func waitForAny<Reply>(of streams: [ReplyStream<Reply>], until deadline: Duration) throws(Failure) -> Bool {
    try waiting(Patience(deadline: deadline, overdue: Failure(.timedOut, ""))) { () throws(ClientError) in
      do throws(ClientError) {
        try connection.wait(until: deadline) { streams.contains(where: \.isReady) }
        return true
      } catch .overdue {
        return false
      }
    }
  }

  private func next<Reply>(of stream: ReplyStream<Reply>, _ patience: Patience) throws(Failure) -> [Reply]? {
    try waiting(patience) { () throws(ClientError) in
      do throws(ClientError) {
        return try stream.next(until: patience.deadline)
      } catch .refused(let status) where status.errorInfo?.reason == "SHUTTING_DOWN" {
        // To repeat the call is no advice for a job that was submitted already.
        throw .lost("the daemon is shutting down")
      }
    }
  }

  /// Lets time pass (monotonic).
  func sleep(until end: Duration) throws(Failure) {
    try waiting(Patience(deadline: end, overdue: Failure(.timedOut, ""))) { () throws(ClientError) in
      do throws(ClientError) { try connection.wait(until: end) { false } } catch .overdue {}
    }
  }

  /// Waits until the daemon's process has ended.
  func waitForEnd(of process: borrowing ProcessWatch) throws(Failure) {
    let advice = "the daemon goes on stopping; see: honeydew status"
    let patience = Patience(
      deadline: nil, spinner: "waiting for the daemon to finish its running jobs",
      overdue: Failure(.timedOut, advice), advice: advice)
    var hasEnded = false
    let registration: EventLoop.Registration
    do {
      registration = try connection.loop.add(process.fileNumber, .read) { _ in hasEnded = true }
    } catch {
      throw Failure(.failed, "cannot watch the daemon's process: \(error)")
    }
    defer { connection.loop.remove(registration) }
    try waiting(patience) { () throws(ClientError) in try connection.wait(until: nil) { hasEnded } }
  }

  /// Waits for something to read where that may be long in coming. Ctrl-C ends the wait with a failure.
  ///
  /// - Returns: whether there is something, or the end, before the deadline (monotonic time).
  func waitForInput(_ fileNumber: Int32, until deadline: Duration?) throws(Failure) -> Bool {
    var hasInput = false
    let registration: EventLoop.Registration
    do {
      registration = try connection.loop.add(fileNumber, .read) { _ in hasInput = true }
    } catch {
      // What epoll does not take, such as /dev/null, never waits.
      return true
    }
    defer { connection.loop.remove(registration) }
    return try waiting(Patience(deadline: deadline, overdue: Failure(.timedOut, ""), advice: nil)) {
      () throws(ClientError) in
      do throws(ClientError) {
        try connection.wait(until: deadline) { hasInput }
        return true
      } catch .overdue {
        return false
      }
    }
  }

  /// Has it told when the daemon is of another version than this program, at the latest with the answer to the next call. One
  /// that does not say is of no other version.
  func tellOtherVersion() {
    isAskingVersion = true
    versionCall = connection.client.ping(Honeydew_PingRequest()) {
      [weak self, console, address = connection.address] outcome in
      self?.isAskingVersion = false
      guard case .success(let reply) = outcome, reply.version != HoneydewVersion.current else { return }
      let next =
        address.isStartable ? "; the next command starts the one of this version" : ", then: \(address.startCommand)"
      console.remark(
        "the daemon is of version \(reply.version), and this program of \(HoneydewVersion.current); restart it with: "
          + "honeydew shutdown\(next)")
    }
  }

  // MARK: Waiting

  /// To be called before a call begins, so that what its wait says on Ctrl-C is said from then on.
  func catchInterrupts() throws(Failure) -> Interrupts {
    if let interrupts { return interrupts }
    do {
      let interrupts = try Interrupts(on: connection.loop) { [unowned self] in connection.interrupt() }
      self.interrupts = interrupts
      return interrupts
    } catch {
      throw Failure(.failed, "cannot watch for Ctrl-C: \(error)")
    }
  }

  private func waiting<Result>(
    _ patience: Patience, _ body: () throws(ClientError) -> Result
  ) throws(Failure) -> Result {
    let interrupts = try catchInterrupts()
    defer { withExtendedLifetime(interrupts) {} }
    let spinner = console.hasSpinner ? patience.spinner.map { Spinner($0, on: console, connection.loop) } : nil
    defer { spinner?.stop() }
    do throws(ClientError) {
      return try body()
    } catch {
      throw patience.failure(error)
    }
  }
}
