/// A field's property, and what goes with it.
func printProperty(_ field: Field, _ printer: inout Printer) {
  let type = field.type
  printer.documentation(field.comment)
  switch field.shape {
  case .singular:
    printer.line("public var \(field.name): \(type.swift) = \(type.defaultValue)")
  case .repeated, .packed:
    printer.line("public var \(field.name): [\(type.swift)] = []")
  case .map(let key, let value):
    printer.line("public var \(field.name): [\(key.swift): \(value.swift)] = [:]")
  case .optional:
    printPresence(
      field, stored: type.swift, get: "\(field.storage) ?? \(type.defaultValue)", set: "newValue", &printer)
  case .indirect:
    printPresence(
      field, stored: "Indirect<\(type.swift)>", get: "\(field.storage)?.value ?? \(type.defaultValue)",
      set: "Indirect(newValue)", &printer)
  case .oneof:
    break
  }
  printer.blank()
}

private func printPresence(_ field: Field, stored: String, get: String, set: String, _ printer: inout Printer) {
  printer.block("public var \(field.name): \(field.type.swift)") { printer in
    printer.line("get { \(get) }")
    printer.line("set { \(field.storage) = \(set) }")
  }
  printer.line("public var has\(field.upperName): Bool { \(field.storage) != nil }")
  printer.line("public mutating func clear\(field.upperName)() { \(field.storage) = nil }")
  printer.line("private var \(field.storage): \(stored)?")
}

/// A oneof of which at most one field is set.
struct Oneof {
  let name: String
  let type: String
  let fields: [Field]
  let comment: String

  /// Nil for the oneof that protoc makes up for an `optional` field.
  init?(_ name: String, fields: [Field], comment: String) {
    guard !fields.isEmpty else { return nil }
    self.name = propertyName(name)
    type = "OneOf_" + upperCamel(name)
    self.fields = fields
    self.comment = comment
  }
}

/// The oneof's property and type, and a property for each of its fields.
func printOneof(_ oneof: Oneof, _ printer: inout Printer) {
  printer.documentation(oneof.comment)
  printer.line("public var \(oneof.name): \(oneof.type)?")
  printer.blank()
  for field in oneof.fields {
    printer.documentation(field.comment)
    printer.block("public var \(field.name): \(field.type.swift)") { printer in
      printer.line(
        "get { if case .\(field.name)(let value)? = self.\(oneof.name) { value } else { \(field.type.defaultValue) } }")
      printer.line("set { self.\(oneof.name) = .\(field.name)(newValue) }")
    }
    printer.blank()
  }
  printer.block("public enum \(oneof.type): Equatable, Sendable") { printer in
    for field in oneof.fields {
      printer.documentation(field.comment)
      if case .oneof(_, isIndirect: true) = field.shape {
        printer.line("indirect case \(field.name)(\(field.type.swift))")
      } else {
        printer.line("case \(field.name)(\(field.type.swift))")
      }
    }
  }
  printer.blank()
}

func printDecode(_ fields: [Field], _ oneofs: [Oneof], _ printer: inout Printer) {
  let head =
    "public mutating func decodeField(_ number: Int, from decoder: inout BinaryDecoder) throws(BinaryDecodingError)"
  guard !fields.isEmpty else { return printer.line(head + " {}") }
  printer.block(head) { printer in
    printer.line("switch number {")
    for field in fields where field.oneof == nil { printer.line("case \(field.number):\(decodeStatement(field))") }
    for oneof in oneofs {
      for field in oneof.fields {
        printer.line("case \(field.number):")
        printer.line("  var value: \(field.type.swift)?")
        if field.type.isMessage { printTakeCurrent(field, oneof, &printer) }
        printer.line("  try decoder.optional(\(field.type.codec).self, &value)")
        printer.line("  if let value { self.\(oneof.name) = .\(field.name)(value) }")
      }
    }
    printer.line("default: break")
    printer.line("}")
  }
}

/// A message that is set already merges with the next one. It is taken out meanwhile: a second reference to it would have
/// it copied at each merge, however large it has grown.
private func printTakeCurrent(_ field: Field, _ oneof: Oneof, _ printer: inout Printer) {
  printer.line("  if case .\(field.name)(let current)? = self.\(oneof.name) {")
  printer.line("    value = current")
  printer.line("    self.\(oneof.name) = nil")
  printer.line("  }")
}

private func decodeStatement(_ field: Field) -> String {
  let codec = field.type.codec
  switch field.shape {
  case .singular: return " try decoder.singular(\(codec).self, &self.\(field.name))"
  case .optional: return " try decoder.optional(\(codec).self, &\(field.storage))"
  case .indirect:
    return """

        var value = \(field.storage).take()?.value
        try decoder.optional(\(codec).self, &value)
        \(field.storage) = value.map(Indirect.init)
      """
  case .repeated, .packed: return " try decoder.repeated(\(codec).self, &self.\(field.name), \"\(field.protoName)\")"
  case .map(let key, let value):
    return " try decoder.map(\(key.codec).self, \(value.codec).self, &self.\(field.name), \"\(field.protoName)\")"
  case .oneof: return " break"
  }
}

/// The fields in the order of their numbers; a oneof in the place of the field that is set.
func printTraverse(_ fields: [Field], _ oneofs: [Oneof], _ printer: inout Printer) {
  let head = "public func traverse<Visitor: FieldVisitor>(_ visitor: inout Visitor)"
  guard !fields.isEmpty else { return printer.line(head + " {}") }
  printer.block(head) { printer in
    for field in fields.sorted(by: { $0.number < $1.number }) {
      printer.line(traverseStatement(field, oneofs))
    }
  }
}

private func traverseStatement(_ field: Field, _ oneofs: [Oneof]) -> String {
  let codec = field.type.codec
  switch field.shape {
  case .singular: return "visitor.singular(\(codec).self, self.\(field.name), \(field.number))"
  case .optional: return "visitor.optional(\(codec).self, \(field.storage), \(field.number))"
  case .indirect: return "visitor.optional(\(codec).self, \(field.storage)?.value, \(field.number))"
  case .repeated: return "visitor.repeated(\(codec).self, self.\(field.name), \(field.number))"
  case .packed: return "visitor.packed(\(codec).self, self.\(field.name), \(field.number))"
  case .map(let key, let value):
    return "visitor.map(\(key.codec).self, \(value.codec).self, self.\(field.name), \(field.number))"
  case .oneof(let index, _):
    let oneof = oneofs.first { $0.fields.first?.oneof == index }
    return "if case .\(field.name)(let value)? = self.\(oneof?.name ?? "") "
      + "{ visitor.present(\(codec).self, value, \(field.number)) }"
  }
}
