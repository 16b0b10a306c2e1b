public import HoneydewProtobuf

/// The services of a server: for every path (`/package.Service/Method`) the handler of its calls.
public struct Router {
  /// How a method begins a call.
  struct Method {
    let path: String
    let begin: (ServerExchange) -> any MessageReceiver
  }

  /// Says why a peer may not make the call of a path; asked when a call's headers have come, and when its request is complete.
  public var refusal: (_ path: String, Peer) -> Status? = { _, _ in nil }

  private var methods: [String: Method] = [:]
  /// The descriptors of the services that were described, by the service's full name.
  private(set) var descriptions: [String: [ProtoFileDescriptor]] = [:]

  public init() {}

  /// Adds a method that takes one request and answers once.
  public mutating func unary<Request: Message, Response: Message>(
    _ path: String, _ handler: @escaping (Request, UnaryCall<Response>) -> Void
  ) {
    add(path) { exchange in
      let call = UnaryCall<Response>(exchange)
      return SingleRequestReceiver { handler($0, call) }
    }
  }

  /// Adds a method that takes one request and answers with a stream.
  public mutating func serverStreaming<Request: Message, Response: Message>(
    _ path: String, _ handler: @escaping (Request, StreamingCall<Response>) -> Void
  ) {
    add(path) { exchange in
      let call = StreamingCall<Response>(exchange)
      return SingleRequestReceiver { handler($0, call) }
    }
  }

  /// Adds a method that takes a stream and answers once. The handler runs at the call's beginning.
  public mutating func clientStreaming<Request: Message, Response: Message>(
    _ path: String, _ handler: @escaping (UnaryCall<Response>) -> MessageSink<Request>
  ) {
    add(path) { RequestStreamReceiver(handler(UnaryCall<Response>($0))) }
  }

  /// Adds a method that takes a stream and answers with a stream. The handler runs at the call's beginning.
  public mutating func bidirectional<Request: Message, Response: Message>(
    _ path: String, _ handler: @escaping (StreamingCall<Response>) -> MessageSink<Request>
  ) {
    add(path) { RequestStreamReceiver(handler(StreamingCall<Response>($0))) }
  }

  /// Tells reflection about a service.
  ///
  /// - Parameters:
  ///   - service: its full name, such as `honeydew.Daemon`.
  ///   - files: the file that defines it and all that it imports, directly or not.
  public mutating func describe(service: String, in files: [ProtoFileDescriptor]) {
    descriptions[service] = files
  }

  private mutating func add(_ path: String, _ begin: @escaping (ServerExchange) -> any MessageReceiver) {
    precondition(methods[path] == nil, "\(path) has two handlers")
    methods[path] = Method(path: path, begin: begin)
  }

  func method(_ path: String) -> Method? { methods[path] }

  /// The status for a path without a handler.
  func unknown(_ path: String) -> Status {
    .error(.unimplemented, reasonAgainst(path), reason: "UNKNOWN_METHOD")
  }

  private func reasonAgainst(_ path: String) -> String {
    let service = path.prefix(through: path.lastIndex(of: "/") ?? path.startIndex)
    guard path.hasPrefix("/"), service.count > 2 else {
      return "\(path) is no path of a method; expected /package.Service/Method"
    }
    if methods.keys.contains(where: { $0.hasPrefix(service) }) {
      return "The service \(service.dropFirst().dropLast()) has no method for \(path)"
    }
    return "There is no service \(service.dropFirst().dropLast()) here"
  }
}
