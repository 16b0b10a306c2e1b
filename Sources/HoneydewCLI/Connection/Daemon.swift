internal import HoneydewRPC
internal import HoneydewSystem
internal import HoneydewWire

/// A connection to the daemon for one thing after the other: each method returns when the answer is there.
final class Daemon {
  /// How long to wait, and what to tell somebody who waits, or waited in vain.
  struct Patience {
    /// On the monotonic clock; nil waits for ever.
    var deadline: Duration?
    /// What the spinner says; nil shows none.
    var spinner: String?
    /// Ends the wait at the deadline.
    var overdue: Failure
    /// What the failures of a wait that was cut off end with; nil where nothing is, or where the caller says it.
    var advice: String?

    func failure(_ status: ExitStatus, _ reason: String) -> Failure {
      Failure(status, [reason, advice].compactMap { $0 }.joined(separator: "; "), isOutcomeKnown: false)
    }
  }

  private let address: DaemonAddress
  private let console: Console
  private let loop: EventLoop
  private let channel: StreamChannel
  private let connection: ClientConnection
  private let client: Honeydew_DaemonClient
  private var hasReceived = false
  /// Somebody pressed Ctrl-C, and nobody has heeded it.
  private var isInterrupted = false
  private weak var interrupts: Interrupts?
  /// Why the connection is gone.
  private var loss: String?

  /// Connects.
  init(_ address: DaemonAddress, console: Console) throws(Failure) {
    self.address = address
    self.console = console
    do {
      loop = try EventLoop()
      let socket = try UnixSocket.connect(path: address.socket)
      try socket.setNonblocking(true)
      channel = try StreamChannel(socket, on: loop, outputLimit: .max)
    } catch {
      throw Failure.unreachable(address, error, (try? Files.status(address.socket))?.kind)
    }
    connection = ClientConnection(now: Clock.monotonic())
    client = Honeydew_DaemonClient(connection)
    connection.onOutput = { [unowned self] in send() }
    channel.onInput = { [unowned self] in receive($0) }
    channel.onEnd = { [unowned self] in lose($0) }
  }

  // MARK: Calls

  /// How long a daemon may take to answer.
  static let patience = Duration.seconds(30)

  /// Makes a call that has one answer.
  func unary<Reply>(
    limit: Duration = patience, overdue status: ExitStatus = .unreachable, saying spinner: String? = nil,
    advice: String? = "whether this was done is not known; see: honeydew status",
    _ begin: (Honeydew_DaemonClient, @escaping (Result<Reply, Status>) -> Void) -> ClientCall
  ) throws(Failure) -> Reply {
    let overdue = Failure(
      status,
      "the daemon at \(address.socket) has not answered for \(HumanText.duration(limit)); see its log, and honeydewd's process",
      isOutcomeKnown: false)
    var patience = Patience(
      deadline: Clock.monotonic() + limit, spinner: spinner, overdue: overdue, advice: advice)
    if loss != nil { patience.advice = "start it with: \(address.startCommand)" }
    var outcome: Result<Reply, Status>?
    let interrupts = try hearInterrupts()
    defer { withExtendedLifetime(interrupts) {} }
    let call = begin(client) { outcome = $0 }
    defer { call.cancel() }
    try wait(patience) { outcome != nil }
    switch outcome {
    case .success(let reply): return reply
    case .failure(let status): throw failure(of: status, patience)
    case nil: preconditionFailure("the wait ends with an outcome")
    }
  }

  /// Makes a call that changes nothing, so that it does not matter whether it was carried out.
  func read<Reply>(
    limit: Duration = patience,
    _ begin: (Honeydew_DaemonClient, @escaping (Result<Reply, Status>) -> Void) -> ClientCall
  ) throws(Failure) -> Reply {
    try unary(limit: limit, advice: nil, begin)
  }

  /// Makes a call that has a stream of answers, and hands them on as they come.
  func stream<Reply>(
    _ patience: Patience,
    _ begin: (Honeydew_DaemonClient, @escaping (Reply) -> Void, @escaping (Status) -> Void) -> ClientCall,
    onReply: (Reply) throws(Failure) -> Void
  ) throws(Failure) {
    var replies: [Reply] = []
    var end: Status?
    var interrupts: Interrupts? = try hearInterrupts()
    let call = begin(client, { replies.append($0) }, { end = $0 })
    defer { call.cancel() }
    repeat {
      if interrupts == nil { interrupts = try hearInterrupts() }
      try wait(patience) { !replies.isEmpty || end != nil }
      // Ctrl-C must end a process whose output nobody takes.
      interrupts = nil
      let arrived = replies
      replies = []
      for reply in arrived { try onReply(reply) }
    } while end == nil
    guard let end, !end.isOK else { return }
    // To repeat the call is no advice for a job that was submitted already.
    if end.errorInfo?.reason == "SHUTTING_DOWN" {
      throw patience.failure(.unreachable, "the daemon is shutting down")
    }
    throw failure(of: end, patience)
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
      registration = try loop.add(process.fileNumber, .read) { _ in hasEnded = true }
    } catch {
      throw Failure(.failed, "cannot watch the daemon's process: \(error)")
    }
    defer { loop.remove(registration) }
    let interrupts = try hearInterrupts()
    defer { withExtendedLifetime(interrupts) {} }
    try wait(patience) { hasEnded }
  }

  /// Waits for something to read where that may be long in coming. Ctrl-C ends the wait with a failure.
  ///
  /// - Returns: whether there is something, or the end, before the deadline (monotonic time).
  func waitForInput(_ fileNumber: Int32, until deadline: Duration?) throws(Failure) -> Bool {
    var hasInput = false
    var isOver = false
    let registration: EventLoop.Registration
    do {
      registration = try loop.add(fileNumber, .read) { _ in hasInput = true }
    } catch {
      // What epoll does not take, such as /dev/null, never waits.
      return true
    }
    let timer = deadline.map { loop.schedule(at: $0) { isOver = true } }
    defer {
      loop.remove(registration)
      if let timer { loop.cancel(timer) }
    }
    let interrupts = try hearInterrupts()
    defer { withExtendedLifetime(interrupts) {} }
    try wait(Patience(deadline: nil, overdue: Failure(.timedOut, ""), advice: nil)) { hasInput || isOver }
    return hasInput
  }

  private func failure(of status: Status, _ patience: Patience) -> Failure {
    guard let loss else { return Failure(status) }
    return patience.failure(.unreachable, loss)
  }

  // MARK: Waiting

  /// To be called before a call begins, so that what its wait says on Ctrl-C is said from then on.
  func hearInterrupts() throws(Failure) -> Interrupts {
    if let interrupts { return interrupts }
    do {
      let interrupts = try Interrupts(on: loop) { [unowned self] in isInterrupted = true }
      self.interrupts = interrupts
      return interrupts
    } catch {
      throw Failure(.failed, "cannot hear Ctrl-C: \(error)")
    }
  }

  private func wait(_ patience: Patience, until isDone: () -> Bool) throws(Failure) {
    guard !isDone() else { return }
    var isOverdue = false
    let deadline = patience.deadline.map { loop.schedule(at: $0) { isOverdue = true } }
    let spinner = console.hasSpinner ? patience.spinner.map { Spinner($0, on: console, loop) } : nil
    defer {
      if let deadline { loop.cancel(deadline) }
      spinner?.stop()
    }
    while !isDone() {
      if isInterrupted { throw patience.failure(.interrupted, "interrupted") }
      if isOverdue { throw patience.overdue }
      do {
        try loop.turn()
      } catch {
        throw Failure(.failed, "cannot wait for the daemon: \(error)")
      }
    }
  }

  // MARK: The socket

  private func send() {
    connection.withOutput { bytes in
      _ = channel.queue(bytes)
      return bytes.count
    }
    channel.flush()
  }

  private func receive(_ bytes: UnsafeRawBufferPointer) {
    hasReceived = true
    do {
      try connection.receive(bytes, now: loop.now)
    } catch {
      lose("\(address.socket) is not a daemon's socket, its bytes are no gRPC (\(error))")
    }
    send()
  }

  private func lose(_ end: StreamChannel.End) {
    switch end {
    case .failed(let error): lose("lost the connection to the daemon at \(address.socket) (\(error.text))")
    case .endOfFile where hasReceived: lose("the daemon at \(address.socket) closed the connection")
    case .endOfFile:
      lose("the daemon at \(address.socket) closed the connection at once; \(Failure.admission)")
    }
  }

  private func lose(_ reason: String) {
    if loss == nil { loss = reason }
    connection.abort(reason)
  }
}
