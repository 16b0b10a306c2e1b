internal import HoneydewProtobuf

/// What a client does with a call's responses, whatever their type.
protocol ResponseReceiver: AnyObject {
  func receive(_ message: [UInt8]) throws(Status)
  /// The call is over. Called once.
  func end(_ status: Status)
}

/// Keeps the one response that there must be for the status that follows it.
final class SingleResponseReceiver<Response: Message>: ResponseReceiver {
  private var completion: ((Result<Response, Status>) -> Void)?
  private var response: Response?

  init(_ completion: @escaping (Result<Response, Status>) -> Void) {
    self.completion = completion
  }

  func receive(_ message: [UInt8]) throws(Status) {
    guard response == nil else { throw Status(.unimplemented, "The server sent more than one response") }
    response = try Response(responseBytes: message)
  }

  func end(_ status: Status) {
    let completion = completion
    self.completion = nil
    if !status.isOK {
      completion?(.failure(status))
    } else if let response {
      completion?(.success(response))
    } else {
      completion?(.failure(Status(.unimplemented, "The server sent no response")))
    }
  }
}

/// Passes a stream of responses on.
final class ResponseStreamReceiver<Response: Message>: ResponseReceiver {
  private var onMessage: ((Response) -> Void)?
  private var onEnd: ((Status) -> Void)?

  init(onMessage: @escaping (Response) -> Void, onEnd: @escaping (Status) -> Void) {
    self.onMessage = onMessage
    self.onEnd = onEnd
  }

  func receive(_ message: [UInt8]) throws(Status) {
    let response = try Response(responseBytes: message)
    onMessage?(response)
  }

  func end(_ status: Status) {
    let onEnd = onEnd
    onMessage = nil
    self.onEnd = nil
    onEnd?(status)
  }
}

extension Message {
  fileprivate init(responseBytes bytes: [UInt8]) throws(Status) {
    do {
      try self.init(serializedBytes: bytes)
    } catch {
      throw Status(.internal, "The response is no \(Self.protoMessageName): \(error)")
    }
  }
}
