/// Checks a JSON text in one pass without building a tree: for answers far too large to become one.
///
/// What the parser refuses, the scanner refuses, with two exceptions: keys that appear twice are noticed only where they
/// are looked for, since remembering every key would take memory that grows with the text; and lone surrogates pass, as
/// RFC 8259 section 8.2 has it, since the bytes go on as they are.
public enum JSONScanner {
  /// Nesting beyond what any answer of the API has.
  public static let defaultMaximumDepth = 512

  /// Checks that the whole text is one JSON object and returns where the values of the wanted members stand in it.
  ///
  /// - Returns: one range of bytes for each key, in the order asked for; nil for a key that the object does not have.
  public static func ranges(
    of keys: [String], in bytes: Span<UInt8>, maximumDepth: Int = defaultMaximumDepth
  ) throws(JSONError) -> [Range<Int>?] {
    var ranges = [Range<Int>?](repeating: nil, count: keys.count)
    var scan = Scan(maximumDepth: maximumDepth)
    try scan.object(keys, bytes) { (index, start, range) throws(JSONError) in
      guard ranges[index] == nil else { throw JSONError(.duplicateKey(keys[index]), at: start, in: bytes) }
      ranges[index] = range
    }
    return ranges
  }

  /// Checks that the whole text is one JSON object and shows where the wanted members stand in it, also such as appear more
  /// than once.
  ///
  /// - Parameter visit: takes a key's place in `keys` and the bytes of a value.
  public static func members(
    _ keys: [String], of bytes: Span<UInt8>, maximumDepth: Int = defaultMaximumDepth,
    visit: (Int, Range<Int>) -> Void
  ) throws(JSONError) {
    var scan = Scan(maximumDepth: maximumDepth)
    try scan.object(keys, bytes) { (index, _, range) throws(JSONError) in visit(index, range) }
  }

  /// Checks that the whole text is one JSON array and shows where its elements stand in it.
  public static func elements(
    of bytes: Span<UInt8>, maximumDepth: Int = defaultMaximumDepth, visit: (Range<Int>) -> Void
  ) throws(JSONError) {
    var scan = Scan(maximumDepth: maximumDepth)
    try scan.array(bytes, visit)
  }

  /// Checks that the whole text is one JSON value of any kind.
  public static func validate(_ bytes: Span<UInt8>, maximumDepth: Int = defaultMaximumDepth) throws(JSONError) {
    var scan = Scan(maximumDepth: maximumDepth)
    try scan.value(bytes)
    try scan.lexer.expectEnd(bytes)
  }
}

private struct Scan {
  var lexer = JSONLexer(admitsLoneSurrogates: true)
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

  /// Reads a whole text that is an object.
  ///
  /// - Parameter visit: takes a wanted key's place in `keys`, where it begins, and where its value stands.
  mutating func object(
    _ keys: [String], _ bytes: Span<UInt8>, _ visit: (Int, Int, Range<Int>) throws(JSONError) -> Void
  ) throws(JSONError) {
    let first = try lexer.significant(bytes)
    guard first == UInt8(ascii: "{") else { throw lexer.unexpected(first, expected: "an object", bytes) }
    // An escape takes at most six bytes for each byte of the decoded text; a longer key cannot be a wanted one.
    let longest = 6 * (keys.map(\.utf8.count).max() ?? 0)
    guard try !enter(.object, bytes) else { return try lexer.expectEnd(bytes) }
    repeat {
      _ = try lexer.significant(bytes)
      let start = lexer.position
      let raw = try key(bytes)
      let range = try element(bytes)
      if raw.content.count <= longest {
        let key = try lexer.decoded(raw, bytes)
        if let index = keys.firstIndex(where: { $0.utf8.elementsEqual(key.utf8) }) { try visit(index, start, range) }
      }
    } while try !commaOrEnd(of: .object, bytes)
    try lexer.expectEnd(bytes)
  }

  /// Reads a whole text that is an array.
  mutating func array(_ bytes: Span<UInt8>, _ visit: (Range<Int>) -> Void) throws(JSONError) {
    let first = try lexer.significant(bytes)
    guard first == UInt8(ascii: "[") else { throw lexer.unexpected(first, expected: "an array", bytes) }
    guard try !enter(.array, bytes) else { return try lexer.expectEnd(bytes) }
    repeat { visit(try element(bytes)) } while try !commaOrEnd(of: .array, bytes)
    try lexer.expectEnd(bytes)
  }

  /// Reads a value, and answers where it stands.
  private mutating func element(_ bytes: Span<UInt8>) throws(JSONError) -> Range<Int> {
    _ = try lexer.significant(bytes)
    let start = lexer.position
    try value(bytes)
    return start..<lexer.position
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
