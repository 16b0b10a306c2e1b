public import HoneydewProtobuf

/// A call on the server that is answered with one message, in the handler or later, once: what comes after an answer, a
/// cancellation or the deadline is ignored.
///
/// A call that is never answered stays open until its deadline or the connection's end.
public final class UnaryCall<Response: Message>: ServerCall {
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
