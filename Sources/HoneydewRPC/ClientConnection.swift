internal import CNGHTTP2

/// The client's end of one gRPC connection over HTTP/2 without TLS. Sans I/O like `ServerConnection`: the socket's owner
/// hands in what was read with `receive`, writes what `withOutput` offers, calls `expire` when `nextDeadline` has come,
/// and `abort` when the socket is gone.
///
/// Closures of calls run inside `receive`, `expire`, `abort` and a call's `cancel`; a call begun on a finished connection
/// ends before its method returns. Nothing here is thread-safe.
public final class ClientConnection {
  /// The moment from which the timeouts of new calls count. `receive` and `expire` set it; an application that was idle
  /// sets it before it calls.
  public var now: Duration
  /// Called when something was queued outside `receive`, `expire` and `withOutput`: time to write.
  public var onOutput: (() -> Void)?

  let limits: ClientLimits
  let session: HTTP2Session
  private let authority: String
  private var deadlines = DeadlineWatch()
  private var isOver = false
  private var isDraining = false

  public init(authority: String = "localhost", limits: ClientLimits = ClientLimits(), now: Duration) {
    self.authority = authority
    self.limits = limits
    self.now = now
    session = HTTP2Session(
      role: .client,
      settings: [
        (NGHTTP2_SETTINGS_ENABLE_PUSH, 0),
        (NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, UInt32(limits.streamWindowBytes)),
        (NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, UInt32(limits.maxHeaderListBytes)),
      ],
      connectionWindow: limits.connectionWindowBytes)
    session.owner = self
  }

  deinit {
    abort()
  }

  /// Takes bytes that were read from the socket and runs the closures of the calls they belong to.
  ///
  /// After an error every call has ended with UNAVAILABLE and the connection is finished as soon as its output is
  /// written.
  public func receive(_ bytes: UnsafeRawBufferPointer, now: Duration) throws(ConnectionError) {
    self.now = now
    guard !isOver else { return }
    try session.quietly { () throws(ConnectionError) in try receive(bytes) }
  }

  private func receive(_ bytes: UnsafeRawBufferPointer) throws(ConnectionError) {
    do throws(ConnectionError) {
      try session.receive(bytes)
      session.fill()
      if let code = session.terminationCode { throw ConnectionError(http2Code: code) }
    } catch {
      session.fill()
      end(Status(.unavailable, "The server's bytes are no HTTP/2: \(error)"))
      throw error
    }
  }

  /// Whether there is something to write.
  public var hasOutput: Bool {
    if !isOver { session.fill() }
    return !session.output.isEmpty
  }

  /// Hands the bytes to write to `body`, which returns how many of them it wrote, until all are written or it writes
  /// fewer than it was given. `body` must not use the connection.
  public func withOutput<Failure: Error>(_ body: (UnsafeRawBufferPointer) throws(Failure) -> Int) throws(Failure) {
    while hasOutput {
      let offered = session.output.count
      let written = try session.output.withUnsafeBytes(body)
      session.output.consume(written)
      if written < offered { return }
    }
  }

  /// The earliest deadline of a call: when `expire` is to be called next.
  public var nextDeadline: Duration? { isOver ? nil : deadlines.next(of: session.exchanges) }

  /// Ends the calls whose deadline has passed with DEADLINE_EXCEEDED.
  public func expire(now: Duration) {
    self.now = now
    session.quietly {
      for exchange in deadlines.expired(in: session.exchanges, now: now) {
        (exchange as? ClientExchange)?.cancel(ClientExchange.deadlineExceeded)
      }
    }
  }

  /// The socket is gone, for the reason in `message`: every call ends with UNAVAILABLE. The connection is finished.
  public func abort(_ message: String = "The connection is closed") {
    end(Status(.unavailable, message))
    session.output.removeAll()
  }

  /// Whether no call can be made any more and all calls have ended: the socket can be closed.
  public var isFinished: Bool { !hasOutput && (isOver || session.isExhausted) }

  /// Calls that have begun and not ended.
  public var openCalls: Int { session.exchanges.count }

  private func end(_ status: Status) {
    isOver = true
    let exchanges = session.exchanges.values
    session.exchanges = [:]
    for exchange in exchanges {
      exchange.session = nil
      (exchange as? ClientExchange)?.end(status)
    }
  }

  /// Begins a call: its headers are queued.
  func begin(_ path: String, _ options: CallOptions, _ receiver: any ResponseReceiver) -> ClientExchange {
    let exchange = ClientExchange(connection: self, maxMessageBytes: options.maxMessageBytes, receiver: receiver)
    if let timeout = options.timeout {
      exchange.deadline = now + timeout
      deadlines.add(now + timeout)
    }
    guard !isOver, !isDraining, submit(exchange, path, options) else {
      deadlines.remove(exchange.deadline)
      exchange.session = nil
      exchange.end(Status(.unavailable, "The connection takes no new calls; connect again"))
      return exchange
    }
    return exchange
  }

  private func submit(_ exchange: ClientExchange, _ path: String, _ options: CallOptions) -> Bool {
    session.submitRequest(exchange) { list in
      list.add(":method", "POST")
      list.add(":scheme", "http")
      list.add(":path", path.utf8)
      list.add(":authority", authority.utf8)
      list.add("te", "trailers")
      if let timeout = options.timeout { list.add("grpc-timeout", Timeout.encode(timeout).utf8) }
      list.add("content-type", "application/grpc")
      list.add("user-agent", "grpc-honeydew")
      list.add(options.metadata)
    }
  }
}

extension ClientConnection: HTTP2SessionOwner {
  func open(stream id: Int32) -> Exchange? { nil }

  func streamClosed(_ exchange: Exchange, errorCode: UInt32) {
    deadlines.remove(exchange.deadline)
  }

  func settingsReceived() {}

  func goAwayReceived() {
    isDraining = true
  }

  func outputQueued() {
    onOutput?()
  }
}
