/// What handlers see of a call, however it is answered.
public class ServerCall {
  let exchange: ServerExchange
  /// Who calls, as the connection's owner knows.
  public let peer: Peer
  /// `/package.Service/Method`.
  public let path: String

  init(_ exchange: ServerExchange) {
    self.exchange = exchange
    peer = exchange.connection.peer
    path = exchange.path
  }

  /// What the call is about, as its handler notes for whoever writes the call down: the first few, and how many there are.
  public var subjects: (names: [String], count: Int) = ([], 0)

  /// The custom fields that the client sent.
  public var metadata: Metadata { exchange.metadata }

  /// When the client stops waiting, on the connection's clock; nil without a deadline.
  public var deadline: Duration? { exchange.deadline }

  /// True once the client has cancelled, its connection is gone, the deadline has passed, or the client let
  /// `ServerLimits.maxBufferedResponseBytes` pile up, before the call was ended.
  public var isCancelled: Bool { exchange.isCancelled }

  /// Called once when `isCancelled` becomes true; never after the call was ended.
  public var onCancel: (() -> Void)? {
    get { exchange.onCancel }
    set { exchange.onCancel = newValue }
  }

  /// Custom fields to send before the first message.
  public var responseMetadata: Metadata {
    get { exchange.responseHeaders }
    set { exchange.responseHeaders = newValue }
  }
}
