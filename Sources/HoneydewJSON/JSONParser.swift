extension JSONValue {
  /// Nesting that a payload or a message of ours never needs.
  public static let defaultMaximumDepth = 128

  /// Reads one JSON text, strictly: RFC 8259's grammar only, UTF-8 without a byte order mark, no duplicate keys, no
  /// lone surrogates, nothing after the value.
  public init(parsing bytes: Span<UInt8>, maximumDepth: Int = defaultMaximumDepth) throws(JSONError) {
    var parser = JSONParser(maximumDepth: maximumDepth)
    self = try parser.document(bytes)
  }

  public init(parsing bytes: [UInt8], maximumDepth: Int = defaultMaximumDepth) throws(JSONError) {
    try self.init(parsing: bytes.span, maximumDepth: maximumDepth)
  }

  /// Reads what a stranger has sent as far as it has a meaning: of a key that appears twice the last value counts, and a
  /// lone surrogate is U+FFFD. All else is as strict.
  public init(lenientlyParsing bytes: Span<UInt8>, maximumDepth: Int = defaultMaximumDepth) throws(JSONError) {
    var parser = JSONParser(maximumDepth: maximumDepth, isLenient: true)
    self = try parser.document(bytes)
  }

  public init(parsing text: String, maximumDepth: Int = defaultMaximumDepth) throws(JSONError) {
    try self.init(parsing: Array(text.utf8), maximumDepth: maximumDepth)
  }
}

/// Builds the tree by recursive descent, as deep as the limit allows.
private struct JSONParser {
  var lexer: JSONLexer
  let maximumDepth: Int
  let isLenient: Bool
  var depth = 0

  init(maximumDepth: Int, isLenient: Bool = false) {
    lexer = JSONLexer(admitsLoneSurrogates: isLenient)
    self.maximumDepth = maximumDepth
    self.isLenient = isLenient
  }

  mutating func document(_ bytes: Span<UInt8>) throws(JSONError) -> JSONValue {
    let value = try value(bytes)
    try lexer.expectEnd(bytes)
    return value
  }

  private mutating func value(_ bytes: Span<UInt8>) throws(JSONError) -> JSONValue {
    let byte = try lexer.significant(bytes)
    switch byte {
    case UInt8(ascii: "{"): return .object(try members(bytes))
    case UInt8(ascii: "["): return .array(try elements(bytes))
    case UInt8(ascii: "\""): return .string(try lexer.decoded(try lexer.string(bytes), bytes))
    case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"):
      return .number(lexer.text(try lexer.number(bytes), bytes))
    case UInt8(ascii: "t"):
      try lexer.literal("true", bytes)
      return .bool(true)
    case UInt8(ascii: "f"):
      try lexer.literal("false", bytes)
      return .bool(false)
    case UInt8(ascii: "n"):
      try lexer.literal("null", bytes)
      return .null
    default:
      throw lexer.unexpected(byte, expected: "a value", bytes)
    }
  }

  private mutating func enter(_ bytes: Span<UInt8>) throws(JSONError) {
    guard depth < maximumDepth else { throw lexer.error(.tooDeep(limit: maximumDepth), bytes) }
    depth += 1
    lexer.advance()
  }

  private mutating func elements(_ bytes: Span<UInt8>) throws(JSONError) -> [JSONValue] {
    try enter(bytes)
    defer { depth -= 1 }
    var elements: [JSONValue] = []
    if try lexer.significant(bytes) == UInt8(ascii: "]") {
      lexer.advance()
      return elements
    }
    while true {
      elements.append(try value(bytes))
      let byte = try lexer.significant(bytes)
      switch byte {
      case UInt8(ascii: ","): lexer.advance()
      case UInt8(ascii: "]"):
        lexer.advance()
        return elements
      default: throw lexer.unexpected(byte, expected: "',' or ']'", bytes)
      }
    }
  }

  private mutating func members(_ bytes: Span<UInt8>) throws(JSONError) -> [JSONValue.Member] {
    try enter(bytes)
    defer { depth -= 1 }
    var members: [JSONValue.Member] = []
    if try lexer.significant(bytes) == UInt8(ascii: "}") {
      lexer.advance()
      return members
    }
    var places: [Key: Int] = [:]
    while true {
      _ = try lexer.significant(bytes)
      let start = lexer.position
      let key = try lexer.decoded(try lexer.key(bytes), bytes)
      let earlier = places.updateValue(members.count, forKey: Key(text: key))
      guard earlier == nil || isLenient else { throw JSONError(.duplicateKey(key), at: start, in: bytes) }
      try lexer.expect(":", bytes)
      let member = JSONValue.Member(key, try value(bytes))
      if let earlier {
        places[Key(text: key)] = earlier
        members[earlier] = member
      } else {
        members.append(member)
      }
      let next = try lexer.significant(bytes)
      switch next {
      case UInt8(ascii: ","): lexer.advance()
      case UInt8(ascii: "}"):
        lexer.advance()
        return members
      default: throw lexer.unexpected(next, expected: "',' or '}'", bytes)
      }
    }
  }
}

/// A key that is equal to another only when all its code points are: Swift compares by canonical equivalence.
private struct Key: Hashable {
  let text: String

  static func == (left: Key, right: Key) -> Bool {
    left.text.utf8.elementsEqual(right.text.utf8)
  }

  func hash(into hasher: inout Hasher) {
    for byte in text.utf8 { hasher.combine(byte) }
  }
}
