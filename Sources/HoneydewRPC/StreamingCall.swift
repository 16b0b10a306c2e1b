public import HoneydewWire

/// A call on the server that is answered with a stream of messages, ended by `finish`. What comes after that, after a
/// cancellation or the deadline is ignored.
///
/// The client's flow control is the stream's: messages that it does not take pile up in `bufferedBytes`. Send while
/// `isWritable`, and go on at `onWritable`.
public final class StreamingCall<Response: Message> {
  private let exchange: ServerExchange
  /// Who calls, as the connection's owner knows.
  public let peer: Peer

  init(_ exchange: ServerExchange) {
    self.exchange = exchange
    peer = exchange.connection.peer
  }

  /// The custom fields that the client sent.
  public var metadata: Metadata { exchange.metadata }

  /// When the client stops waiting, on the connection's clock; nil without a deadline.
  public var deadline: Duration? { exchange.deadline }

  /// True once the client has cancelled, its connection is gone, the deadline has passed, or the client let
  /// `ServerLimits.maxBufferedResponseBytes` pile up, before `finish`.
  public var isCancelled: Bool { exchange.isCancelled }

  /// Called once when `isCancelled` becomes true; never after `finish`.
  public var onCancel: (() -> Void)? {
    get { exchange.onCancel }
    set { exchange.onCancel = newValue }
  }

  /// Called when the stream has become writable again after `isWritable` was false.
  public var onWritable: (() -> Void)? {
    get { exchange.onWritable }
    set { exchange.onWritable = newValue }
  }

  /// Custom fields to send before the first message.
  public var responseMetadata: Metadata {
    get { exchange.responseHeaders }
    set { exchange.responseHeaders = newValue }
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
