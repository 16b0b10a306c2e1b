/// Checks a JSON text in one pass without building a tree: for answers far too large to become one.
///
/// What the parser refuses, the scanner refuses, with one exception: keys that appear twice are noticed only where they
/// are looked for, since remembering every key would take memory that grows with the text.
public enum JSONScanner {
  /// Nesting beyond what any answer of the API has.
  public static let defaultMaximumDepth = 512

  /// Checks that the whole text is one JSON object and returns where the values of the wanted members stand in it.
  ///
  /// - Returns: one range of bytes for each key, in the order asked for; nil for a key that the object does not have.
  public static func ranges(
    of keys: [String], in bytes: Span<UInt8>, maximumDepth: Int = defaultMaximumDepth
  ) throws(JSONError) -> [Range<Int>?] {
    var scan = Scan(maximumDepth: maximumDepth)
    let first = try scan.lexer.significant(bytes)
    guard first == UInt8(ascii: "{") else { throw scan.lexer.unexpected(first, expected: "an object", bytes) }
    let ranges = try scan.members(keys, bytes)
    try scan.lexer.expectEnd(bytes)
    return ranges
  }

  /// Checks that the whole text is one JSON value of any kind.
  public static func validate(_ bytes: Span<UInt8>, maximumDepth: Int = defaultMaximumDepth) throws(JSONError) {
    var scan = Scan(maximumDepth: maximumDepth)
    try scan.value(bytes)
    try scan.lexer.expectEnd(bytes)
  }
}

private struct Scan {
  var lexer = JSONLexer()
  let maximumDepth: Int
  /// The kinds of the containers that are open here, outermost first.
  private var open: [Container] = []

  private enum Container {
    case array, object

    var closing: UInt8 { self == .array ? UInt8(ascii: "]") : UInt8(ascii: "}") }
  }

  init(maximumDepth: Int) {
    self.maximumDepth = maximumDepth
  }

  /// Reads the members of the outermost object, whose brace is next.
  mutating func members(_ keys: [String], _ bytes: Span<UInt8>) throws(JSONError) -> [Range<Int>?] {
    var ranges = [Range<Int>?](repeating: nil, count: keys.count)
    // An escape takes at most six bytes for each byte of the decoded text; a longer key cannot be a wanted one.
    let longest = 6 * (keys.map(\.utf8.count).max() ?? 0)
    guard try !enter(.object, bytes) else { return ranges }
    while true {
      _ = try lexer.significant(bytes)
      let start = lexer.position
      let raw = try key(bytes)
      _ = try lexer.significant(bytes)
      let valueStart = lexer.position
      try value(bytes)
      if raw.content.count <= longest {
        let key = try lexer.decoded(raw, bytes)
        if let index = keys.firstIndex(where: { $0.utf8.elementsEqual(key.utf8) }) {
          guard ranges[index] == nil else { throw JSONError(.duplicateKey(key), at: start, in: bytes) }
          ranges[index] = valueStart..<lexer.position
        }
      }
      guard try !commaOrEnd(of: .object, bytes) else { return ranges }
    }
  }

  /// Reads one value of any kind, without recursion.
  mutating func value(_ bytes: Span<UInt8>) throws(JSONError) {
    let floor = open.count
    repeat {
      guard try !beginsNonemptyContainer(bytes) else { continue }
      while open.count > floor, let container = open.last, try afterValue(in: container, bytes) {}
    } while open.count > floor
  }

  /// Reads a whole scalar or empty container, or the beginning of another one up to where its first value begins.
  private mutating func beginsNonemptyContainer(_ bytes: Span<UInt8>) throws(JSONError) -> Bool {
    let byte = try lexer.significant(bytes)
    switch byte {
    case UInt8(ascii: "{"):
      guard try !enter(.object, bytes) else { return false }
      _ = try key(bytes)
      return true
    case UInt8(ascii: "["): return try !enter(.array, bytes)
    case UInt8(ascii: "\""): _ = try lexer.string(bytes)
    case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): _ = try lexer.number(bytes)
    case UInt8(ascii: "t"): try lexer.literal("true", bytes)
    case UInt8(ascii: "f"): try lexer.literal("false", bytes)
    case UInt8(ascii: "n"): try lexer.literal("null", bytes)
    default: throw lexer.unexpected(byte, expected: "a value", bytes)
    }
    return false
  }

  /// Reads an opening bracket; true when the container is empty and its end has been read too.
  private mutating func enter(_ container: Container, _ bytes: Span<UInt8>) throws(JSONError) -> Bool {
    guard open.count < maximumDepth else { throw lexer.error(.tooDeep(limit: maximumDepth), bytes) }
    lexer.advance()
    open.append(container)
    guard try lexer.significant(bytes) == container.closing else { return false }
    lexer.advance()
    open.removeLast()
    return true
  }

  /// Reads what follows a value, up to where the next value begins; true when the container ends instead.
  private mutating func afterValue(in container: Container, _ bytes: Span<UInt8>) throws(JSONError) -> Bool {
    guard try !commaOrEnd(of: container, bytes) else { return true }
    if container == .object { _ = try key(bytes) }
    return false
  }

  /// Reads the comma after a value; true when the container's end was read instead.
  private mutating func commaOrEnd(of container: Container, _ bytes: Span<UInt8>) throws(JSONError) -> Bool {
    let byte = try lexer.significant(bytes)
    if byte == container.closing {
      lexer.advance()
      open.removeLast()
      return true
    }
    guard byte == UInt8(ascii: ",") else {
      throw lexer.unexpected(byte, expected: "',' or '\(Unicode.Scalar(container.closing))'", bytes)
    }
    lexer.advance()
    return false
  }

  /// Reads a key and the colon after it.
  private mutating func key(_ bytes: Span<UInt8>) throws(JSONError) -> JSONLexer.RawString {
    let key = try lexer.key(bytes)
    try lexer.expect(":", bytes)
    return key
  }
}
