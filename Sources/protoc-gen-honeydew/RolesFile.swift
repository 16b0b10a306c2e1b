import HoneydewProtobuf

/// Who may make each call of a file, as the table of `CallRule`.
func rolesFile(_ file: Google_Protobuf_FileDescriptorProto) throws -> String {
  var printer = Printer()
  printer.header(file.name, imports: ["internal import HoneydewCore"])
  printer.line("extension CallRule {")
  printer.line("  /// Of every call, by its path.")
  printer.line("  static let table: [String: CallRule] = [")
  let scope = file.package.isEmpty ? "" : file.package + "."
  for service in file.service {
    for method in service.method {
      let roles = try roles(of: method)
      let isChange = !method.serverStreaming && !roles.contains("view")
      let list = roles.map { "." + $0 }.joined(separator: ", ")
      printer.line(
        "    \"/\(scope)\(service.name)/\(method.name)\": "
          + "CallRule(\"\(method.name)\", roles: [\(list)], isChange: \(isChange)),")
    }
  }
  printer.line("  ]")
  printer.line("}")
  return printer.text
}

private func roles(of method: Google_Protobuf_MethodDescriptorProto) throws -> [String] {
  switch try method.role {
  case nil: ["admin"]
  case "submit"?: ["admin", "submit"]
  case "view"?: ["admin", "view"]
  case "any"?: ["admin", "submit", "view"]
  case let word?:
    throw GeneratorError(
      description: "\(method.name): there is no role '\(word)': there are 'submit', 'view' and 'any'")
  }
}
