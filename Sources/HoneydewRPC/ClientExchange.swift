internal import CNGHTTP2

/// A call on the client: sends the requests, reads the answer.
final class ClientExchange: Exchange {
  private enum Phase {
    case awaitingHeaders, receiving, over
  }

  private(set) var initialHeaders: HeaderBlock?
  private(set) var trailers: HeaderBlock?
  var onWritable: (() -> Void)?
  /// Not used once the call is over, which it is when the connection goes.
  private unowned let connection: ClientConnection
  private let receiver: any ResponseReceiver
  private var phase = Phase.awaitingHeaders
  private var isSendingOver = false
  private var isEndSent = false
  private var isFull = false

  init(connection: ClientConnection, maxMessageBytes: Int, receiver: any ResponseReceiver) {
    self.connection = connection
    self.receiver = receiver
    super.init(
      id: 0, session: connection.session, maxHeaderListBytes: connection.limits.maxHeaderListBytes,
      maxMessageBytes: maxMessageBytes)
  }

  // MARK: Request

  var isWritable: Bool { phase != .over && !isSendingOver && outgoing.count < connection.limits.writableBytes }

  func send(_ message: [UInt8]) {
    guard phase != .over, !isSendingOver else { return }
    enqueue(message)
    isFull = outgoing.count >= connection.limits.writableBytes
  }

  func finishSending() {
    guard phase != .over, !isSendingOver else { return }
    isSendingOver = true
    resume()
  }

  override var ending: Ending? { isSendingOver ? .withData : nil }

  override func endSent() {
    isEndSent = true
  }

  override func drained() {
    guard isFull, phase != .over, outgoing.count < connection.limits.writableBytes else { return }
    isFull = false
    onWritable?()
  }

  func cancel(_ status: Status) {
    guard phase != .over else { return }
    let session = session
    end(status) { session?.reset(id, NGHTTP2_CANCEL) }
  }

  // MARK: Response

  override func headersReceived(endsStream: Bool) {
    guard phase != .over else { return }
    if headers.isTooLarge {
      return cancel(
        Status(.resourceExhausted, "The server's metadata has \(headers.listSize) bytes, which is too much"))
    }
    if headers.malformation != nil {
      return cancel(Status(.internal, "The server sent a header that HTTP/2 does not allow"))
    }
    switch phase {
    case .over: return
    case .awaitingHeaders:
      switch ResponseHead.read(headers) {
      case .informational: return
      case .foreign(let status): return cancel(status)
      case .grpc: break
      }
      if endsStream {
        trailers = headers
      } else {
        initialHeaders = headers
        phase = .receiving
      }
    case .receiving:
      trailers = headers
    }
  }

  override var wantsData: Bool { phase == .receiving && trailers == nil }

  override func messageReceived(_ message: [UInt8]) {
    do throws(Status) {
      try receiver.receive(message)
    } catch {
      cancel(error)
    }
  }

  override func framingFailed(_ status: Status) {
    cancel(status)
  }

  override func endReceived() {
    guard phase != .over else { return }
    // A server that has answered needs no more requests.
    if !isEndSent { session?.reset(id, NGHTTP2_NO_ERROR) }
    guard let trailers else {
      return end(Status(.internal, "The server ended the call without a status"))
    }
    let status = ResponseHead.status(trailers)
    guard reader.isAtBoundary || !status.isOK else {
      return end(Status(.internal, "The response ends in the middle of a message"))
    }
    end(status)
  }

  override func closed(errorCode: UInt32) {
    guard phase != .over else { return }
    // A server whose clock of the deadline ran out first breaks the call off.
    if errorCode == NGHTTP2_CANCEL.rawValue, let deadline, deadline <= connection.now {
      return end(ClientExchange.deadlineExceeded)
    }
    end(ResponseHead.status(http2ErrorCode: errorCode))
  }

  static let deadlineExceeded = Status(.deadlineExceeded, "The server did not answer in time")

  /// Tells the application how the call ended. Once.
  ///
  /// - Parameter cleanUp: what may close the stream, which then has no say in the status any more.
  func end(_ status: Status, cleanUp: () -> Void = {}) {
    guard phase != .over else { return }
    phase = .over
    dropOutgoing()
    onWritable = nil
    cleanUp()
    receiver.end(status)
  }
}
