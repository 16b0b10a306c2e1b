import HoneydewProtobuf

/// The messages and enumerations of a file, and its descriptor.
func messageFile(
  _ file: Google_Protobuf_FileDescriptorProto, _ schema: Schema, _ options: Options
) throws(BinaryEncodingError) -> String {
  var printer = Printer()
  printer.header(file.name, imports: options.imports("HoneydewProtobuf"))
  let comments = Comments(file)
  let scope = file.package.isEmpty ? "" : "." + file.package
  for (index, enumeration) in file.enumType.enumerated() {
    let path = [PathStep.fileEnum, Int32(index)]
    printEnum(enumeration, scope + "." + enumeration.name, schema, comments, path, &printer)
    printer.blank()
  }
  for (index, message) in file.messageType.enumerated() {
    let path = [PathStep.fileMessage, Int32(index)]
    printMessage(message, scope + "." + message.name, schema, comments, path, &printer)
    printer.blank()
  }
  try printDescriptor(file, &printer)
  return printer.text
}

private func printMessage(
  _ message: Google_Protobuf_DescriptorProto, _ fullName: String, _ schema: Schema, _ comments: Comments,
  _ path: [Int32], _ printer: inout Printer
) {
  let swiftName = ownName(schema.swiftNames[fullName])
  let fields = message.field.enumerated().map { index, field in
    Field(field, in: fullName, schema, comment: comments[path + [PathStep.messageField, Int32(index)]])
  }
  let oneofs = message.oneofDecl.enumerated().compactMap { index, oneof in
    Oneof(
      oneof.name, fields: fields.filter { $0.oneof == index },
      comment: comments[path + [PathStep.messageOneof, Int32(index)]])
  }
  printer.documentation(comments[path])
  printer.block("public struct \(swiftName): Message") { printer in
    printer.line("public static var protoMessageName: String { \"\(fullName.dropFirst())\" }")
    printer.blank()
    fields.filter { $0.oneof == nil }.forEach { printProperty($0, &printer) }
    oneofs.forEach { printOneof($0, &printer) }
    printer.line("public var unknownFields = UnknownStorage()")
    printer.blank()
    printer.line("public init() {}")
    printer.blank()
    printDecode(fields, oneofs, &printer)
    printer.blank()
    printTraverse(fields, oneofs, &printer)
    for (index, nested) in message.enumType.enumerated() {
      printer.blank()
      let nestedPath = path + [PathStep.messageEnum, Int32(index)]
      printEnum(nested, fullName + "." + nested.name, schema, comments, nestedPath, &printer)
    }
    for (index, nested) in message.nestedType.enumerated() where !nested.options.mapEntry {
      printer.blank()
      let nestedPath = path + [PathStep.messageNested, Int32(index)]
      printMessage(nested, fullName + "." + nested.name, schema, comments, nestedPath, &printer)
    }
  }
}

/// The last part of a nested type's name.
func ownName(_ swiftName: String?) -> String {
  String(swiftName?.split(separator: ".").last ?? "")
}

private func printEnum(
  _ enumeration: Google_Protobuf_EnumDescriptorProto, _ fullName: String, _ schema: Schema, _ comments: Comments,
  _ path: [Int32], _ printer: inout Printer
) {
  var names: [Int32: String] = [:]
  printer.documentation(comments[path])
  printer.block("public enum \(ownName(schema.swiftNames[fullName])): Enum") { printer in
    var aliases: [(name: String, original: String)] = []
    for (index, value) in enumeration.value.enumerated() {
      let name = caseName(value.name, enumeration: enumeration.name)
      if let original = names[value.number] {
        aliases.append((name, original))
        continue
      }
      names[value.number] = name
      printer.documentation(comments[path + [PathStep.enumValue, Int32(index)]])
      printer.line("case \(name)")
    }
    printer.line("/// A number without a name here.")
    printer.line("case UNRECOGNIZED(Int)")
    for alias in aliases where alias.name != alias.original {
      printer.line("public static let \(alias.name) = Self.\(alias.original)")
    }
    let cases = names.sorted { $0.key < $1.key }
    printer.blank()
    printer.line("public init() { self = .\(names[0] ?? "UNRECOGNIZED(0)") }")
    printer.blank()
    printer.block("public init?(rawValue: Int)") { printer in
      printer.line("switch rawValue {")
      for (number, name) in cases { printer.line("case \(number): self = .\(name)") }
      printer.line("default: self = .UNRECOGNIZED(rawValue)")
      printer.line("}")
    }
    printer.blank()
    printer.block("public var rawValue: Int") { printer in
      printer.line("switch self {")
      for (number, name) in cases { printer.line("case .\(name): \(number)") }
      printer.line("case .UNRECOGNIZED(let number): number")
      printer.line("}")
    }
  }
}
