public import HoneydewProtobuf

/// The four kinds of calls; generated clients use these.
extension ClientConnection {
  /// Sends one request for one response. `completion` runs once.
  @discardableResult
  public func unary<Request: Message, Response: Message>(
    _ path: String, _ request: Request, options: CallOptions = CallOptions(),
    completion: @escaping (Result<Response, Status>) -> Void
  ) -> ClientCall {
    let stream = ClientStream<Request>(begin(path, options, SingleResponseReceiver(completion)))
    stream.send(request)
    stream.finish()
    return stream.call
  }

  /// Sends one request for a stream of responses. `onEnd` runs once, and `onMessage` not after it.
  @discardableResult
  public func serverStreaming<Request: Message, Response: Message>(
    _ path: String, _ request: Request, options: CallOptions = CallOptions(),
    onMessage: @escaping (Response) -> Void, onEnd: @escaping (Status) -> Void
  ) -> ClientCall {
    let receiver = ResponseStreamReceiver(onMessage: onMessage, onEnd: onEnd)
    let stream = ClientStream<Request>(begin(path, options, receiver))
    stream.send(request)
    stream.finish()
    return stream.call
  }

  /// Begins a stream of requests for one response. `completion` runs once.
  public func clientStreaming<Request: Message, Response: Message>(
    _ path: String, options: CallOptions = CallOptions(), completion: @escaping (Result<Response, Status>) -> Void
  ) -> ClientStream<Request> {
    ClientStream(begin(path, options, SingleResponseReceiver(completion)))
  }

  /// Begins a stream of requests for a stream of responses. `onEnd` runs once, and `onMessage` not after it.
  public func bidirectional<Request: Message, Response: Message>(
    _ path: String, options: CallOptions = CallOptions(), onMessage: @escaping (Response) -> Void,
    onEnd: @escaping (Status) -> Void
  ) -> ClientStream<Request> {
    ClientStream(begin(path, options, ResponseStreamReceiver(onMessage: onMessage, onEnd: onEnd)))
  }
}
