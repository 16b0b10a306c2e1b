import HoneydewProtobuf

/// The calls of a file that submit a job of a command, as an extension of the type that implements its services.
func commandFile(
  _ file: Google_Protobuf_FileDescriptorProto, _ schema: Schema, _ type: String
) throws -> String {
  var printer = Printer()
  printer.header(
    file.name, imports: ["HoneydewMessages", "HoneydewRPC"].map { "internal import \($0)" })
  var calls: [(name: String, request: String, response: String, command: String)] = []
  for method in file.service.flatMap(\.method) {
    guard let command = try method.command else { continue }
    try check(method, schema)
    calls.append(
      (
        methodName(method.name), schema.swiftNames[method.inputType] ?? "", schema.swiftNames[method.outputType] ?? "",
        command
      ))
  }
  printer.line("/// The calls that each submit a job of a command of the API and answer the job's id.")
  printer.block("extension \(type)") { printer in
    for (index, call) in calls.enumerated() {
      if index > 0 { printer.blank() }
      printer.block("func \(call.name)(_ request: \(call.request), _ call: UnaryCall<\(call.response)>)") {
        $0.line("submit(\"\(call.command)\", request, request.options, call, \\.jobID)")
      }
    }
  }
  return printer.text
}

/// A command's call has the options of its job and answers the job's id, and no more.
private func check(_ method: Google_Protobuf_MethodDescriptorProto, _ schema: Schema) throws(GeneratorError) {
  let request = schema.messages[method.inputType]?.field ?? []
  let response = schema.messages[method.outputType]?.field ?? []
  guard !method.clientStreaming, !method.serverStreaming, request.last?.name == "options",
    response.map(\.name) == ["job_id"]
  else {
    throw GeneratorError(
      description: "\(method.name): a call of a command has a request that ends with options, and answers a job_id")
  }
}
