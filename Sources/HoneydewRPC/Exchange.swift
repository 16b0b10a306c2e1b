/// One HTTP/2 stream as gRPC sees it: a block of headers and messages each way. The session feeds it; the server's and
/// the client's halves say what the parts mean.
class Exchange {
  final var id: Int32
  /// Nil once the stream is closed.
  final unowned var session: HTTP2Session?
  /// The block of headers that is arriving or arrived last.
  final var headers: HeaderBlock
  final fileprivate(set) var outgoing = SendBuffer()
  final var reader: MessageReader
  /// When the call must have ended, on the connection's clock.
  final var deadline: Duration?
  /// nghttp2 asked for data when there was none, and must be told when there is some.
  final var isDeferred = false

  init(id: Int32, session: HTTP2Session, maxHeaderListBytes: Int, maxMessageBytes: Int) {
    self.id = id
    self.session = session
    self.headers = HeaderBlock(maxListSize: maxHeaderListBytes)
    self.reader = MessageReader(maxMessageBytes: maxMessageBytes)
  }

  /// `headers` is complete.
  func headersReceived(endsStream: Bool) {}

  func messageReceived(_ message: [UInt8]) {}

  /// The peer's half of the stream is over; never called twice.
  func endReceived() {}

  /// What the peer sent is no gRPC message, or one too large.
  func framingFailed(_ status: Status) {}

  /// The payload of a DATA frame is taken in; part of a message may wait for the rest.
  func dataTaken() {}

  /// Whether bytes from the peer still matter.
  var wantsData: Bool { true }

  /// Says how the stream ends after `outgoing` is empty; nil while more may come.
  var ending: Ending? { nil }

  /// This half of the stream has left for the output.
  func endSent() {}

  /// `outgoing` has shrunk.
  func drained() {}

  /// The stream is gone. `errorCode` is HTTP/2's (RFC 9113 §7); 0 is a proper end.
  func closed(errorCode: UInt32) {}

  enum Ending {
    /// END_STREAM on the last DATA frame.
    case withData
    /// END_STREAM on a block of trailers, which `addTrailers` writes.
    case withTrailers
  }

  func addTrailers(to list: inout HeaderList) {}

  /// Moves bytes of messages to the output.
  final func moveOutgoing(_ length: Int, to output: inout OutputBuffer) {
    outgoing.move(length, to: &output)
    session?.queuedMessageBytes -= length
  }

  /// Takes the payload of a DATA frame apart.
  final func dataReceived(_ bytes: UnsafeRawBufferPointer) {
    var rest = bytes
    do throws(Status) {
      while wantsData, let message = try reader.next(from: &rest) { messageReceived(message) }
    } catch {
      framingFailed(error)
    }
    dataTaken()
  }

  /// Queues a serialized message.
  final func enqueue(_ message: [UInt8]) {
    let before = outgoing.count
    outgoing.append(message)
    session?.queuedMessageBytes += outgoing.count - before
    resume()
  }

  /// Drops the messages that have not left.
  final func dropOutgoing() {
    session?.queuedMessageBytes -= outgoing.count
    outgoing.removeAll()
  }

  /// Lets the session look at this stream again.
  final func resume() {
    guard isDeferred, let session else { return }
    isDeferred = false
    session.resume(id)
  }
}
