internal import HoneydewProtobuf

/// Takes a call's requests one by one. Both closures are let go when the call ends.
public struct MessageSink<Request> {
  public var onMessage: (Request) -> Void
  /// The client has sent its last message. Not called when the call is cancelled.
  public var onEnd: () -> Void

  public init(onMessage: @escaping (Request) -> Void, onEnd: @escaping () -> Void) {
    self.onMessage = onMessage
    self.onEnd = onEnd
  }
}

/// What a call does with the messages that arrive, whatever their type.
protocol MessageReceiver: AnyObject {
  func receive(_ message: [UInt8]) throws(Status)
  /// The peer has sent its last message.
  func end() throws(Status)
  /// Bytes of messages that are kept until more arrives, or while the call that they began goes on.
  var heldBytes: Int { get }
}

/// Runs a handler on the one request that there must be, once the client has said that there is no other.
final class SingleRequestReceiver<Request: Message>: MessageReceiver {
  private let handler: (Request) -> Void
  private var request: [UInt8]?
  /// The handler may keep what it was given until it answers.
  private(set) var heldBytes = 0

  init(_ handler: @escaping (Request) -> Void) {
    self.handler = handler
  }

  func receive(_ message: [UInt8]) throws(Status) {
    guard request == nil else { throw Status(.unimplemented, "The method takes one request; the call sent more") }
    request = message
    heldBytes = message.capacity
  }

  func end() throws(Status) {
    guard let request else { throw Status(.unimplemented, "The method takes one request; the call sent none") }
    self.request = nil
    handler(try Request(requestBytes: request))
  }
}

/// Passes a stream of requests on.
final class RequestStreamReceiver<Request: Message>: MessageReceiver {
  private let sink: MessageSink<Request>

  init(_ sink: MessageSink<Request>) {
    self.sink = sink
  }

  func receive(_ message: [UInt8]) throws(Status) {
    sink.onMessage(try Request(requestBytes: message))
  }

  func end() {
    sink.onEnd()
  }

  var heldBytes: Int { 0 }
}

extension Message {
  fileprivate init(requestBytes bytes: [UInt8]) throws(Status) {
    var options = BinaryDecodingOptions()
    options.maximumElementCount = ServerLimits.maximumElementCount
    do {
      try self.init(serializedBytes: bytes, options: options)
    } catch .tooManyElements(let field, let count, let limit) {
      let error = BinaryDecodingError.tooManyElements(field: field, count: count, limit: limit)
      throw .error(
        .resourceExhausted, "The \(Self.protoMessageName) is too large: \(error)", reason: "TOO_MANY_ELEMENTS",
        metadata: ["field": field])
    } catch {
      throw .error(
        .invalidArgument, "The request is no \(Self.protoMessageName): \(error)", reason: "MALFORMED_REQUEST")
    }
  }
}
