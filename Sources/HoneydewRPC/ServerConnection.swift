internal import CNGHTTP2

/// The server's end of one gRPC connection over HTTP/2 without TLS (RFC 9113, gRPC "HTTP/2 transport mapping").
///
/// It owns no socket and reads no clock. Whoever owns the socket hands in what was read with `receive`, writes what
/// `withOutput` offers, calls `expire` when `nextDeadline` has come, and closes the socket once `isFinished`. `now` is
/// monotonic time since any fixed moment, the same for all calls. Handlers run inside `receive`; a call may be answered
/// there or later. Nothing here is thread-safe.
public final class ServerConnection {
  private enum Phase {
    case preface(Preface, until: Duration)
    /// The preface is there, the peer's SETTINGS are not.
    case settings(until: Duration)
    case open
    /// Nothing is received or produced any more, at most what `output` holds is written until then.
    case over(until: Duration)
  }

  public let limits: ServerLimits
  /// Who is at the other end; handlers see it in their calls. Set it before the first `receive`.
  public var peer = Peer()
  /// Called when something was queued outside `receive`, `expire` and `withOutput`: time to write.
  public var onOutput: (() -> Void)?

  let router: Router
  let session: HTTP2Session
  var now: Duration
  var deadlines = DeadlineWatch()
  private var phase: Phase
  private var isDraining = false
  private var resets: ResetBudget
  /// Bytes of requests over all calls: incomplete ones, and those whose calls go on.
  var bufferedRequestBytes = 0
  let budget: MemoryBudget
  /// What the budget has counted of this connection.
  private(set) var held = 0
  /// It held most when all the memory was used up, and is to end.
  private var isCondemned = false

  /// - Parameter budget: what this connection shares with the server's others.
  public init(
    router: Router, limits: ServerLimits = ServerLimits(), budget: MemoryBudget = MemoryBudget(limit: 256 << 20),
    now: Duration
  ) {
    self.router = router
    self.limits = limits
    self.budget = budget
    self.now = now
    phase = .preface(Preface(), until: now + limits.handshakeTimeout)
    resets = ResetBudget(burst: limits.resetBurst, perSecond: limits.resetsPerSecond, now: now)
    session = HTTP2Session(
      role: .server,
      settings: [
        (NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, limits.maxConcurrentCalls),
        (NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, UInt32(limits.streamWindowBytes)),
        (NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, UInt32(limits.maxHeaderListBytes)),
      ],
      connectionWindow: limits.connectionWindowBytes)
    session.owner = self
    budget.add(self)
    settle()
  }

  deinit {
    abort()
    budget.remove(self)
    budget.change(by: -held)
  }

  // MARK: Memory

  /// Tells the budget what is held by now.
  func settle() {
    guard !isCondemned else { return }
    let present =
      MemoryBudget.connectionBytes + bufferedRequestBytes + session.heldBytes
      + session.exchanges.count * MemoryBudget.callBytes
    let change = present - held
    held = present
    if change != 0 { budget.change(by: change) }
  }

  /// Ends the connection at the next chance to write; from now on it counts as gone.
  func condemn() {
    guard !isCondemned else { return }
    isCondemned = true
    budget.remove(self)
    budget.change(by: -held)
    held = 0
    onOutput?()
  }

  /// Says so where the client can still receive it, and lets everything go.
  private func endIfCondemned() {
    guard isCondemned else { return }
    switch phase {
    case .over: return
    case .preface: break
    case .settings, .open:
      session.terminate(NGHTTP2_ENHANCE_YOUR_CALM)
      session.fill()
    }
    end()
  }

  // MARK: Input and output

  /// Takes bytes that were read from the socket and runs the handlers of what they complete.
  ///
  /// After an error every call is cancelled and the connection is finished as soon as its output is written.
  public func receive(_ bytes: UnsafeRawBufferPointer, now: Duration) throws(ConnectionError) {
    self.now = now
    defer { settle() }
    try session.quietly { () throws(ConnectionError) in try receive(bytes) }
  }

  private func receive(_ bytes: UnsafeRawBufferPointer) throws(ConnectionError) {
    do throws(ConnectionError) {
      switch phase {
      case .over: return
      case .preface(let preface, let deadline): try receivePreface(preface, bytes, until: deadline)
      case .settings, .open: try session.receive(bytes)
      }
      session.fill()
      if let code = session.terminationCode { throw ConnectionError(http2Code: code) }
    } catch {
      if case .preface = phase {} else { session.fill() }
      end()
      throw error
    }
  }

  private func receivePreface(
    _ preface: Preface, _ bytes: UnsafeRawBufferPointer, until deadline: Duration
  ) throws(ConnectionError) {
    var preface = preface
    let seenBefore = preface.seen.count
    switch preface.examine(bytes) {
    case .undecided:
      phase = .preface(preface, until: deadline)
    case .http2:
      phase = .settings(until: deadline)
      try preface.seen.withUnsafeBufferPointer { (seen) throws(ConnectionError) in
        try session.receive(UnsafeRawBufferPointer(seen))
      }
      let rest = bytes.dropFirst(preface.seen.count - seenBefore)
      if !rest.isEmpty { try session.receive(UnsafeRawBufferPointer(rebasing: rest)) }
    case .http1:
      session.output.append(Preface.http1Answer)
      throw .notHTTP2
    case .other:
      throw .notHTTP2
    }
  }

  /// Whether there is something to write. False before the peer's preface: HTTP/1 clients shall not see HTTP/2.
  public var hasOutput: Bool {
    produce()
    return !session.output.isEmpty
  }

  /// Hands the bytes to write to `body`, which returns how many of them it wrote, until all are written or it writes
  /// fewer than it was given. `body` must not use the connection.
  public func withOutput<Failure: Error>(_ body: (UnsafeRawBufferPointer) throws(Failure) -> Int) throws(Failure) {
    defer { settle() }
    while hasOutput {
      let offered = session.output.count
      let written = try session.output.withUnsafeBytes(body)
      session.output.consume(written)
      if written < offered { return }
    }
  }

  /// When `expire` is to be called next: a call's deadline, or the time limit of a silent peer.
  public var nextDeadline: Duration? {
    switch phase {
    case .over(let farewell): session.output.isEmpty ? nil : farewell
    case .preface(_, let handshake), .settings(let handshake):
      min(handshake, deadlines.next(of: session.exchanges) ?? handshake)
    case .open: deadlines.next(of: session.exchanges)
    }
  }

  /// Ends the calls whose deadline has passed with DEADLINE_EXCEEDED, and a connection that never spoke HTTP/2.
  public func expire(now: Duration) {
    self.now = now
    switch phase {
    case .over(let farewell):
      if farewell <= now { session.output.removeAll() }
      return
    case .preface(_, let handshake), .settings(let handshake):
      if handshake <= now { return end() }
    case .open: break
    }
    session.quietly {
      for exchange in deadlines.expired(in: session.exchanges, now: now) {
        (exchange as? ServerExchange)?.deadlinePassed()
      }
    }
    settle()
  }

  /// Takes no new calls (GOAWAY) and finishes when the open ones have ended.
  public func shutDown() {
    switch phase {
    case .over: return
    case .preface: end()
    case .settings, .open:
      isDraining = true
      session.goAway()
    }
  }

  /// The socket is gone: cancels every call. The connection is finished.
  public func abort() {
    end()
    session.output.removeAll()
    settle()
  }

  /// Whether all is said: the socket can be closed.
  public var isFinished: Bool {
    guard !hasOutput else { return false }
    if case .over = phase { return true }
    return session.isExhausted
  }

  /// Calls that have begun and not ended.
  public var openCalls: Int { session.exchanges.count }

  private func produce() {
    endIfCondemned()
    switch phase {
    case .settings, .open:
      session.fill()
      if session.terminationCode != nil { end() }
    case .preface, .over: break
    }
  }

  private func end() {
    if case .over = phase { return }
    phase = .over(until: now + limits.farewellTimeout)
    let exchanges = session.exchanges.values
    session.exchanges = [:]
    bufferedRequestBytes = 0
    for exchange in exchanges {
      (exchange as? ServerExchange)?.stopCounting()
      exchange.dropOutgoing()
      exchange.session = nil
      exchange.closed(errorCode: NGHTTP2_CANCEL.rawValue)
    }
  }
}

extension ServerConnection: HTTP2SessionOwner {
  func open(stream id: Int32) -> Exchange? {
    // The GOAWAY that is on its way tells the client that this call has not begun; it closes the stream too.
    isDraining ? nil : ServerExchange(id: id, connection: self)
  }

  func streamClosed(_ exchange: Exchange, errorCode: UInt32) {
    deadlines.remove(exchange.deadline)
    (exchange as? ServerExchange)?.countRequestBytes()
    if errorCode != NGHTTP2_NO_ERROR.rawValue, !resets.spend(now: now) {
      session.terminate(NGHTTP2_ENHANCE_YOUR_CALM)
    }
  }

  func settingsReceived() {
    if case .settings = phase { phase = .open }
  }

  func goAwayReceived() {}

  func outputQueued() {
    onOutput?()
  }
}
