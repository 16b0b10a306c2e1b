internal import HoneydewProtobuf

/// Something for a client, decided and encoded, that leaves when its owner sends it: when what it tells of is on disk.
public struct Reply {
  private enum Content {
    /// The answer of a unary call.
    case response([UInt8])
    /// One message of a stream.
    case message([UInt8])
    case end(Status)
  }

  private let exchange: ServerExchange
  private let content: Content

  fileprivate init(_ exchange: ServerExchange, _ status: Status) {
    self.exchange = exchange
    content = .end(status)
  }

  fileprivate init(_ exchange: ServerExchange, _ message: some Message, isLast: Bool) {
    self.exchange = exchange
    do {
      let bytes = try message.serializedBytes()
      exchange.heldBytes += bytes.count
      content = isLast ? .response(bytes) : .message(bytes)
    } catch {
      content = .end(Status(.internal, "The response cannot be encoded: \(error)"))
    }
  }

  /// Sends it, unless the call is over. Once.
  public func send() {
    switch content {
    case .response(let bytes):
      exchange.heldBytes -= bytes.count
      exchange.send(bytes)
      exchange.finish(.ok)
    case .message(let bytes):
      exchange.heldBytes -= bytes.count
      exchange.send(bytes)
    case .end(let status): exchange.finish(status)
    }
  }

  /// Ends the call with a status instead. Once.
  public func fail(_ status: Status) {
    drop()
    exchange.abandon(status)
  }

  /// Sends nothing; the call goes on. Once.
  public func drop() {
    switch content {
    case .response(let bytes), .message(let bytes): exchange.heldBytes -= bytes.count
    case .end: break
    }
  }
}

extension UnaryCall {
  /// The call's answer, to be sent later.
  public func reply(_ response: Response) -> Reply { Reply(exchange, response, isLast: true) }

  /// The call's end without a response, to be sent later.
  public func refusal(_ status: Status) -> Reply {
    precondition(!status.isOK, "a unary call cannot succeed without a response")
    return Reply(exchange, status)
  }
}

extension StreamingCall {
  /// A message of the stream, to be sent later. It counts as sent for `isWritable`.
  public func message(_ response: Response) -> Reply { Reply(exchange, response, isLast: false) }

  /// The stream's end, to be sent later, after the messages before it.
  public func end(_ status: Status) -> Reply { Reply(exchange, status) }
}
