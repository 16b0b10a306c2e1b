public import HoneydewProtobuf

/// A call on the server that is answered with a stream of messages, ended by `finish`. What comes after that, after a
/// cancellation or the deadline is ignored.
///
/// The client's flow control is the stream's: messages that it does not take pile up in `bufferedBytes`. Send while
/// `isWritable`, and go on at `onWritable`.
public final class StreamingCall<Response: Message>: ServerCall {
  /// Called when the stream has become writable again after `isWritable` was false.
  public var onWritable: (() -> Void)? {
    get { exchange.onWritable }
    set { exchange.onWritable = newValue }
  }

  /// Bytes sent by the handler and not yet taken by the connection.
  public var bufferedBytes: Int { exchange.outgoing.count }

  /// Whether less than `ServerLimits.writableBytes` waits and the call goes on.
  public var isWritable: Bool { exchange.isWritable }

  /// Sends the headers now instead of with the first message, so that the client knows the call has begun.
  public func sendHeaders() {
    exchange.sendHeaders()
  }

  public func send(_ response: Response) {
    _ = exchange.send(serializing: response)
  }

  /// Ends the stream after what was sent.
  public func finish(_ status: Status = .ok, trailers: Metadata = Metadata()) {
    exchange.finish(status, trailers: trailers)
  }
}
