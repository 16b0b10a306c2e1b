/// The services of a file: for each a server protocol, its registration with a router, and a client. They are part
/// of the module that has the file's messages.
func serviceFile(
  _ file: Google_Protobuf_FileDescriptorProto, _ schema: Schema, _ options: Options
) -> String {
  var printer = Printer()
  printer.header(file.name, imports: options.imports("HoneydewRPC"))
  let comments = Comments(file)
  let descriptors = ([file] + schema.dependencies(file)).map { descriptorName($0) + ".descriptor" }
  for (index, service) in file.service.enumerated() {
    let path = [PathStep.fileService, Int32(index)]
    let scope = file.package.isEmpty ? "" : file.package + "."
    let methods = service.method.enumerated().map { index, method in
      Method(
        method, service: scope + service.name, schema,
        comment: comments[path + [PathStep.serviceMethod, Int32(index)]])
    }
    let name = typePrefix(package: file.package) + service.name
    if index > 0 { printer.blank() }
    printProtocol(name, methods, comment: comments[path], &printer)
    printer.blank()
    printRegistration(name, scope + service.name, methods, descriptors, &printer)
    printer.blank()
    printClient(name, methods, comment: comments[path], &printer)
  }
  return printer.text
}

private struct Method {
  let name: String
  let path: String
  let request: String
  let response: String
  let isClientStreaming: Bool
  let isServerStreaming: Bool
  let comment: String

  init(
    _ method: Google_Protobuf_MethodDescriptorProto, service: String, _ schema: Schema, comment: String
  ) {
    name = methodName(method.name)
    path = "/\(service)/\(method.name)"
    request = schema.swiftNames[method.inputType] ?? ""
    response = schema.swiftNames[method.outputType] ?? ""
    isClientStreaming = method.clientStreaming
    isServerStreaming = method.serverStreaming
    self.comment = comment
  }

  /// The runtime's word for this kind of call, the same in the router and in a client's connection.
  var kind: String {
    switch (isClientStreaming, isServerStreaming) {
    case (false, false): "unary"
    case (false, true): "serverStreaming"
    case (true, false): "clientStreaming"
    case (true, true): "bidirectional"
    }
  }

  var serverSignature: String {
    let call = isServerStreaming ? "StreamingCall<\(response)>" : "UnaryCall<\(response)>"
    return isClientStreaming
      ? "func \(name)(_ call: \(call)) -> MessageSink<\(request)>"
      : "func \(name)(_ request: \(request), _ call: \(call))"
  }

  var clientSignature: String {
    let requestParameter = isClientStreaming ? "" : "_ request: \(request), "
    let callbacks =
      isServerStreaming
      ? "onMessage: @escaping (\(response)) -> Void, onEnd: @escaping (Status) -> Void"
      : "completion: @escaping (Result<\(response), Status>) -> Void"
    let result = isClientStreaming ? "ClientStream<\(request)>" : "ClientCall"
    return "func \(name)(\(requestParameter)options: CallOptions = CallOptions(), \(callbacks)) -> \(result)"
  }

  var clientCall: String {
    let callbacks = isServerStreaming ? "onMessage: onMessage, onEnd: onEnd" : "completion: completion"
    return "connection.\(kind)(\"\(path)\", \(isClientStreaming ? "" : "request, ")options: options, \(callbacks))"
  }
}

private func printProtocol(_ name: String, _ methods: [Method], comment: String, _ printer: inout Printer) {
  printer.documentation(comment)
  printer.block("public protocol \(name)Service: AnyObject") { printer in
    for method in methods {
      printer.documentation(method.comment)
      printer.line(method.serverSignature)
    }
  }
}

private func printRegistration(
  _ name: String, _ service: String, _ methods: [Method], _ descriptors: [String], _ printer: inout Printer
) {
  printer.block("extension Router") { printer in
    printer.line("/// Has `service` answer the calls of \(service).")
    printer.block("public mutating func add(_ service: any \(name)Service)") { printer in
      for method in methods {
        let arguments = method.isClientStreaming ? "$0" : "$0, $1"
        printer.line("\(method.kind)(\"\(method.path)\") { service.\(method.name)(\(arguments)) }")
      }
      printer.line("describe(service: \"\(service)\", in: [\(descriptors.joined(separator: ", "))])")
    }
  }
}

private func printClient(_ name: String, _ methods: [Method], comment: String, _ printer: inout Printer) {
  printer.documentation(comment)
  printer.block("public struct \(name)Client") { printer in
    printer.line("public let connection: ClientConnection")
    printer.blank()
    printer.block("public init(_ connection: ClientConnection)") { $0.line("self.connection = connection") }
    for method in methods {
      printer.blank()
      printer.documentation(method.comment)
      if !method.isClientStreaming { printer.line("@discardableResult") }
      printer.block("public " + method.clientSignature) { $0.line(method.clientCall) }
    }
  }
}
