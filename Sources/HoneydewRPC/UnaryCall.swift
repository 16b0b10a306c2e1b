public import HoneydewWire

/// A call on the server that is answered with one message, in the handler or later, once: what comes after an answer, a
/// cancellation or the deadline is ignored.
///
/// A call that is never answered stays open until its deadline or the connection's end.
public final class UnaryCall<Response: Message> {
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

  /// True once the client has cancelled, its connection is gone or the deadline has passed before the answer.
  public var isCancelled: Bool { exchange.isCancelled }

  /// Called once when `isCancelled` becomes true; never after the answer.
  public var onCancel: (() -> Void)? {
    get { exchange.onCancel }
    set { exchange.onCancel = newValue }
  }

  /// Custom fields to send before the response.
  public var responseMetadata: Metadata {
    get { exchange.responseHeaders }
    set { exchange.responseHeaders = newValue }
  }

  public func respond(_ response: Response, trailers: Metadata = Metadata()) {
    guard exchange.send(serializing: response) else { return }
    exchange.finish(.ok, trailers: trailers)
  }

  /// Ends the call without a response.
  public func fail(_ status: Status, trailers: Metadata = Metadata()) {
    precondition(!status.isOK, "a unary call cannot succeed without a response")
    exchange.finish(status, trailers: trailers)
  }
}

extension ServerExchange {
  /// Queues a message; false when the call is over.
  func send(serializing message: some Message) -> Bool {
    guard isOpen else { return false }
    do {
      send(try message.serializedBytes())
    } catch {
      abandon(Status(.internal, "The response cannot be encoded: \(error)"))
    }
    return isOpen
  }
}
