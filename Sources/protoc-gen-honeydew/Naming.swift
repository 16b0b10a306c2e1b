// Names in Swift are those that SwiftProtobuf gives: `job_id` becomes `jobID`, `honeydew.worker.Run` becomes
// `Honeydew_Worker_Run`.

/// `job_id` as `jobID`; the first word is lower-case.
func lowerCamel(_ name: String) -> String {
  let words = splitWords(name)
  guard let first = words.first else { return name }
  return first + words.dropFirst().map(capitalized).joined()
}

/// `job_id` as `JobID`.
func upperCamel(_ name: String) -> String {
  splitWords(name).map(capitalized).joined()
}

/// The words of a name in lower case: parted by underscores, before capitals and around digits.
private func splitWords(_ name: String) -> [String] {
  enum Kind { case lower, upper, digit, other }
  var words: [String] = []
  var last = Kind.other
  for character in name {
    let kind: Kind =
      character.isLowercase ? .lower : character.isUppercase ? .upper : character.isNumber ? .digit : .other
    let continues = kind == last || (kind == .lower && last == .upper)
    if kind != .other {
      if continues && !words.isEmpty {
        words[words.count - 1] += character.lowercased()
      } else {
        words.append(character.lowercased())
      }
    }
    last = kind
  }
  return words
}

private func capitalized(_ word: String) -> String {
  ["id", "url", "http", "https"].contains(word) ? word.uppercased() : word.prefix(1).uppercased() + word.dropFirst()
}

/// What precedes the names of a package's types: `google.rpc` gives `Google_Rpc_`.
func typePrefix(package: String) -> String {
  package.split(separator: ".").map { part in
    part.split(separator: "_").map { $0.prefix(1).uppercased() + $0.dropFirst() }.joined() + "_"
  }.joined()
}

/// A type's own name, changed where Swift or generated code has the name for itself.
func typeName(_ name: String, suffix: String) -> String {
  reservedTypes.contains(name) ? name + suffix : name
}

/// A field's or oneof's name as a property.
func propertyName(_ name: String) -> String {
  let camel = lowerCamel(name)
  return reservedMembers.contains(camel) ? camel + "_p" : quoted(camel)
}

func methodName(_ name: String) -> String {
  quoted(lowerCamel(name))
}

/// An enumeration value's name without the enumeration's own name before it, if it has that.
func caseName(_ value: String, enumeration: String) -> String {
  var rest = value[...]
  for letter in enumeration where letter != "_" {
    rest = rest.drop { $0 == "_" }
    guard rest.first?.lowercased() == letter.lowercased() else {
      rest = value[...]
      break
    }
    rest.removeFirst()
  }
  rest = rest.drop { $0 == "_" }
  let camel = lowerCamel(rest.first?.isLetter == true ? String(rest) : value)
  return ["init", "self", "rawValue", "hashValue", "description", "none", "some"].contains(camel)
    ? camel + "_" : quoted(camel)
}

private func quoted(_ name: String) -> String {
  keywords.contains(name) ? "`\(name)`" : name
}

private let keywords: Set<String> = [
  "as", "associatedtype", "break", "case", "catch", "class", "continue", "default", "defer", "deinit", "do", "else",
  "enum", "extension", "fallthrough", "false", "fileprivate", "for", "func", "guard", "if", "import", "in", "inout",
  "internal", "is", "let", "nil", "operator", "precedencegroup", "private", "protocol", "public", "repeat", "rethrows",
  "return", "static", "struct", "subscript", "super", "switch", "throw", "throws", "true", "try", "typealias", "var",
  "where", "while",
]

private let reservedMembers: Set<String> = [
  "debugDescription", "decodeField", "description", "hashValue", "init", "merge", "protoMessageName", "self",
  "serializedBytes", "traverse", "unknownFields",
]

private let reservedTypes: Set<String> = [
  "Any", "BinaryDecoder", "BinaryDecodingError", "Bool", "Double", "Enum", "Equatable", "FieldVisitor", "Float",
  "Indirect", "Int", "Int32", "Int64", "Message", "Protocol", "Self", "Sendable", "String", "Type", "UInt32", "UInt64",
  "UInt8", "UnknownStorage",
]
