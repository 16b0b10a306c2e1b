import HoneydewProtobuf

/// The name of the enumeration that holds a file's descriptor: `Honeydew_DaemonProto` for `daemon.proto`.
func descriptorName(_ file: Google_Protobuf_FileDescriptorProto) -> String {
  let base = file.name.split(separator: "/").last?.split(separator: ".").first ?? ""
  let name = upperCamel(String(base)) + "Proto"
  let isTaken = file.messageType.contains { $0.name == name } || file.enumType.contains { $0.name == name }
  return typePrefix(package: file.package) + name + (isTaken ? "File" : "")
}

/// The file's descriptor.
func printDescriptor(
  _ file: Google_Protobuf_FileDescriptorProto, _ printer: inout Printer
) throws(BinaryEncodingError) {
  let file = file.published
  let text = base64(try file.serializedBytes())
  printer.line("/// The description of \(file.name).")
  printer.block("public enum \(descriptorName(file))") { printer in
    printer.line("public static let descriptor = ProtoFileDescriptor(")
    printer.line("  name: \"\(file.name)\",")
    printer.line("  dependencies: [\(file.dependency.map { "\"\($0)\"" }.joined(separator: ", "))],")
    printer.line("  symbols: [")
    for symbol in symbols(file) { printer.line("    \"\(symbol)\",") }
    printer.line("  ],")
    printer.line("  base64: \"\"\"")
    var rest = text[...]
    while !rest.isEmpty {
      let row = rest.prefix(108)
      rest = rest.dropFirst(108)
      printer.line("    \(row)" + (rest.isEmpty ? "" : "\\"))
    }
    printer.line("    \"\"\")")
  }
}

private func symbols(_ file: Google_Protobuf_FileDescriptorProto) -> [String] {
  let scope = file.package.isEmpty ? "" : file.package + "."
  var names = file.enumType.map { scope + $0.name }
  func add(_ message: Google_Protobuf_DescriptorProto, _ scope: String) {
    names.append(scope + message.name)
    names += message.enumType.map { scope + message.name + "." + $0.name }
    message.nestedType.forEach { add($0, scope + message.name + ".") }
  }
  file.messageType.forEach { add($0, scope) }
  for service in file.service {
    names.append(scope + service.name)
    names += service.method.map { scope + service.name + "." + $0.name }
  }
  return names
}

/// Encodes in base64 (RFC 4648, section 4).
private func base64(_ bytes: [UInt8]) -> String {
  let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
  var text = ""
  for start in stride(from: 0, to: bytes.count, by: 3) {
    let group = bytes[start..<min(start + 3, bytes.count)]
    let bits = group.reduce(0) { $0 << 8 | Int($1) } << (8 * (3 - group.count))
    for index in 0..<4 {
      text.append(index <= group.count ? alphabet[bits >> (18 - 6 * index) & 63] : "=")
    }
  }
  return text
}
