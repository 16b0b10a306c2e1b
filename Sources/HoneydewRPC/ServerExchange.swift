internal import CNGHTTP2

/// A call on the server: checks the request, feeds the handler, sends the answer.
final class ServerExchange: Exchange {
  private enum Phase {
    case awaitingHeaders
    case open
    /// The status is decided; it leaves after what is queued.
    case ending(Status, Metadata)
    case over
  }

  /// Of the method, once the call has begun.
  private(set) var path = ""
  /// Not to be used in `closed`, where it may be on its way out.
  unowned let connection: ServerConnection
  /// Fields for the response's headers, until they are sent.
  var responseHeaders = Metadata()
  var onCancel: (() -> Void)?
  var onWritable: (() -> Void)?
  private(set) var isCancelled = false
  private(set) lazy var metadata = request.metadata
  private var request: HeaderBlock
  private var phase = Phase.awaitingHeaders
  private var receiver: (any MessageReceiver)?
  private var isHeaderSent = false
  private var isInputOver = false
  private var isFull = false
  /// What the connection counts as this call's.
  private var countedRequestBytes = 0

  init(id: Int32, connection: ServerConnection) {
    self.connection = connection
    request = HeaderBlock(maxListSize: connection.limits.maxHeaderListBytes)
    super.init(
      id: id, session: connection.session, maxHeaderListBytes: connection.limits.maxHeaderListBytes,
      maxMessageBytes: connection.limits.maxMessageBytes)
  }

  var isOpen: Bool {
    if case .open = phase { return true }
    return false
  }

  // MARK: Request

  override func headersReceived(endsStream: Bool) {
    guard case .awaitingHeaders = phase else {
      // Trailers: gRPC has none from the client, but they are legal if they end the stream.
      if !endsStream || headers.malformation != nil { session?.reset(id, NGHTTP2_PROTOCOL_ERROR) }
      return
    }
    request = headers
    phase = .open
    switch RequestHead.read(request, router: connection.router) {
    case .accepted(let method, let timeout):
      if let refusal = connection.router.refusal(method.path, connection.peer) { return finish(refusal) }
      path = method.path
      if let timeout {
        deadline = connection.now + timeout
        connection.deadlines.add(connection.now + timeout)
      }
      receiver = method.begin(self)
      countRequestBytes()
    case .failed(let status): finish(status)
    case .refused(let httpStatus): refuse(httpStatus)
    case .malformed:
      phase = .over
      session?.reset(id, NGHTTP2_PROTOCOL_ERROR)
    }
  }

  override var wantsData: Bool { isOpen && !isInputOver }

  override func messageReceived(_ message: [UInt8]) {
    guard isOpen, let receiver else { return }
    do throws(Status) {
      try receiver.receive(message)
    } catch {
      abandon(error)
    }
  }

  override func dataTaken() {
    countRequestBytes()
    guard isOpen, countedRequestBytes > 0 else { return }
    if connection.bufferedRequestBytes > connection.limits.maxBufferedRequestBytes {
      abandon(Status(.resourceExhausted, "Too many large requests at once on one connection"))
    } else if !connection.budget.admits(countedRequestBytes) {
      abandon(.outOfMemory)
    } else {
      return
    }
    countRequestBytes()
  }

  func countRequestBytes() {
    if !isOpen { reader.removeAll() }
    let held = isOpen ? reader.bufferedBytes + (receiver?.heldBytes ?? 0) + request.heldBytes : 0
    connection.bufferedRequestBytes += held - countedRequestBytes
    countedRequestBytes = held
  }

  /// The connection has forgotten what it counted.
  func stopCounting() {
    countedRequestBytes = 0
  }

  override func endReceived() {
    isInputOver = true
    guard isOpen, let receiver else { return }
    do throws(Status) {
      guard reader.isAtBoundary else { throw Status(.internal, "The request ends in the middle of a message") }
      // The headers may have come long before.
      if let refusal = connection.router.refusal(path, connection.peer) { throw refusal }
      try receiver.end()
    } catch {
      abandon(error)
    }
    countRequestBytes()
  }

  override func framingFailed(_ status: Status) {
    abandon(status)
  }

  // MARK: Response

  /// Bytes of messages that are decided and not sent yet.
  var heldBytes = 0

  var isWritable: Bool { isOpen && outgoing.count + heldBytes < connection.limits.writableBytes }

  /// Queues a message, unless the call is over.
  func send(_ message: [UInt8]) {
    guard isOpen else { return }
    guard connection.session.queuedMessageBytes <= connection.limits.maxBufferedResponseBytes else {
      return breakOff()
    }
    let isLarge = outgoing.count + message.count > MemoryBudget.smallCallBytes
    guard connection.budget.admits(outgoing.count + message.count, more: message.count) else {
      return abandon(.outOfMemory)
    }
    sendHeaders()
    enqueue(message)
    if isLarge { connection.settle() }
    isFull = outgoing.count >= connection.limits.writableBytes
  }

  /// Sends the headers before the first message.
  func sendHeaders() {
    guard isOpen, !isHeaderSent, let session else { return }
    isHeaderSent = true
    session.submitResponse(id, hasData: true) { list in
      list.add(":status", "200")
      list.add("content-type", "application/grpc")
      list.add(responseHeaders)
    }
  }

  /// Ends the call, after the messages that were sent. Once.
  func finish(_ status: Status, trailers: Metadata = Metadata()) {
    guard isOpen, let session else { return }
    phase = .ending(status, trailers)
    receiver = nil
    if isHeaderSent { return resume() }
    isHeaderSent = true
    session.submitResponse(id, hasData: false) { list in
      list.add(":status", "200")
      list.add("content-type", "application/grpc")
      if status.code == .unimplemented { list.add("grpc-accept-encoding", "identity") }
      list.add(responseHeaders)
      list.add(status)
      list.add(trailers)
    }
  }

  /// Ends the call on the server's own account: the handler is told like at a cancellation.
  func abandon(_ status: Status) {
    guard isOpen else { return }
    let onCancel = takeOnCancel()
    finish(status)
    onCancel?()
  }

  /// Drops what waits for a client that does not read. The client takes the reset for RESOURCE_EXHAUSTED.
  private func breakOff() {
    let onCancel = takeOnCancel()
    phase = .over
    dropOutgoing()
    session?.reset(id, NGHTTP2_ENHANCE_YOUR_CALM)
    onCancel?()
  }

  func deadlinePassed() {
    abandon(Status(.deadlineExceeded, "The call's deadline has passed"))
  }

  /// Answers what is no gRPC with a status of HTTP.
  private func refuse(_ httpStatus: StaticString) {
    phase = .ending(.ok, Metadata())
    isHeaderSent = true
    session?.submitResponse(id, hasData: false) { $0.add(":status", httpStatus) }
  }

  /// What tells the handler, once, that its answer is not wanted any more.
  private func takeOnCancel() -> (() -> Void)? {
    isCancelled = true
    defer { onCancel = nil }
    onWritable = nil
    receiver = nil
    return onCancel
  }

  // MARK: What the session asks and tells

  override var ending: Ending? {
    if case .ending = phase { return .withTrailers }
    return nil
  }

  override func addTrailers(to list: inout HeaderList) {
    guard case .ending(let status, let trailers) = phase else { return }
    list.add(status)
    list.add(trailers)
  }

  override func endSent() {
    phase = .over
    // A client that still sends shall stop (RFC 9113 §8.1).
    if !isInputOver { session?.reset(id, NGHTTP2_NO_ERROR) }
  }

  override func drained() {
    guard isFull, isOpen, outgoing.count < connection.limits.writableBytes else { return }
    isFull = false
    onWritable?()
  }

  override func closed(errorCode: UInt32) {
    let tellHandler = isOpen ? takeOnCancel() : nil
    phase = .over
    onCancel = nil
    onWritable = nil
    receiver = nil
    tellHandler?()
  }
}
