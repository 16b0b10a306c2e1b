public import HoneydewProtobuf

/// A call that a client has begun.
public final class ClientCall {
  let exchange: ClientExchange

  init(_ exchange: ClientExchange) {
    self.exchange = exchange
  }

  /// Ends the call with CANCELLED, unless it has ended. The closures run before this returns.
  public func cancel() {
    exchange.cancel(Status(.cancelled, "The call was cancelled by the client"))
  }

  /// The custom fields that came before the first response; empty until then.
  public var headers: Metadata { exchange.initialHeaders?.metadata ?? Metadata() }

  /// The custom fields that came with the status; empty until then.
  public var trailers: Metadata { exchange.trailers?.metadata ?? Metadata() }
}

/// A call whose requests are a stream.
public final class ClientStream<Request: Message> {
  /// For cancelling and metadata.
  public let call: ClientCall
  private var exchange: ClientExchange { call.exchange }

  init(_ exchange: ClientExchange) {
    call = ClientCall(exchange)
  }

  /// Queues a request; ignored after `finish` and after the call's end.
  public func send(_ request: Request) {
    do {
      exchange.send(try request.serializedBytes())
    } catch {
      exchange.cancel(Status(.internal, "The request cannot be encoded: \(error)"))
    }
  }

  /// No further requests: closes this half of the stream.
  public func finish() {
    exchange.finishSending()
  }

  public func cancel() {
    call.cancel()
  }

  /// Bytes sent by the application and not yet taken by the connection.
  public var bufferedBytes: Int { exchange.outgoing.count }

  /// Whether less than `ClientLimits.writableBytes` waits and the call goes on.
  public var isWritable: Bool { exchange.isWritable }

  /// Called when the stream has become writable again after `isWritable` was false.
  public var onWritable: (() -> Void)? {
    get { exchange.onWritable }
    set { exchange.onWritable = newValue }
  }
}
