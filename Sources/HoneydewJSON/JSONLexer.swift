/// The tokens of JSON (RFC 8259 sections 2 to 7): the grammar that the parser and the scanner share.
///
/// The bytes are an argument of every method because a span cannot be stored.
struct JSONLexer {
  /// Whether an escape may be one half of a surrogate pair: RFC 8259 section 8.2 admits it. It is read as U+FFFD.
  let admitsLoneSurrogates: Bool
  /// Of the next byte to look at.
  private(set) var position = 0

  init(admitsLoneSurrogates: Bool) {
    self.admitsLoneSurrogates = admitsLoneSurrogates
  }

  /// A string as it stands in the text.
  struct RawString {
    /// Without the quotes.
    var content: Range<Int>
    var hasEscapes: Bool
  }

  func peek(_ bytes: Span<UInt8>) -> UInt8? {
    position < bytes.count ? bytes[position] : nil
  }

  mutating func skipWhitespace(_ bytes: Span<UInt8>) {
    while position < bytes.count {
      switch bytes[position] {
      case 0x20, 0x0A, 0x0D, 0x09: position += 1
      default: return
      }
    }
  }

  /// Skips white space and returns the byte after it, which stays unread.
  mutating func significant(_ bytes: Span<UInt8>) throws(JSONError) -> UInt8 {
    skipWhitespace(bytes)
    guard let byte = peek(bytes) else { throw error(.unexpectedEnd, bytes) }
    return byte
  }

  /// Reads over one byte that the caller has looked at.
  mutating func advance() {
    position += 1
  }

  mutating func expect(_ scalar: Unicode.Scalar, _ bytes: Span<UInt8>) throws(JSONError) {
    let byte = try significant(bytes)
    guard byte == UInt8(ascii: scalar) else { throw unexpected(byte, expected: "'\(scalar)'", bytes) }
    position += 1
  }

  mutating func expectEnd(_ bytes: Span<UInt8>) throws(JSONError) {
    skipWhitespace(bytes)
    guard position == bytes.count else { throw error(.trailingText, bytes) }
  }

  /// Reads `true`, `false` or `null`.
  mutating func literal(_ word: StaticString, _ bytes: Span<UInt8>) throws(JSONError) {
    let start = position
    for index in 0..<word.utf8CodeUnitCount {
      guard let byte = peek(bytes) else { throw error(.unexpectedEnd, bytes) }
      guard byte == word.utf8Start[index] else {
        position = start
        throw unexpected(bytes[start], expected: "a value", bytes)
      }
      position += 1
    }
  }

  /// Reads a number and returns where it stands.
  mutating func number(_ bytes: Span<UInt8>) throws(JSONError) -> Range<Int> {
    let start = position
    if peek(bytes) == UInt8(ascii: "-") { position += 1 }
    if peek(bytes) == UInt8(ascii: "0") {
      position += 1
      if let byte = peek(bytes), isDigit(byte) { throw error(.invalidNumber, bytes) }
    } else {
      try digits(bytes)
    }
    if peek(bytes) == UInt8(ascii: ".") {
      position += 1
      try digits(bytes)
    }
    if peek(bytes) == UInt8(ascii: "e") || peek(bytes) == UInt8(ascii: "E") {
      position += 1
      if peek(bytes) == UInt8(ascii: "+") || peek(bytes) == UInt8(ascii: "-") { position += 1 }
      try digits(bytes)
    }
    return start..<position
  }

  private mutating func digits(_ bytes: Span<UInt8>) throws(JSONError) {
    let start = position
    while let byte = peek(bytes), isDigit(byte) { position += 1 }
    guard position > start else {
      throw error(position == bytes.count ? .unexpectedEnd : .invalidNumber, bytes)
    }
  }

  private func isDigit(_ byte: UInt8) -> Bool {
    byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9")
  }

  func error(_ reason: JSONError.Reason, _ bytes: Span<UInt8>) -> JSONError {
    JSONError(reason, at: position, in: bytes)
  }

  func unexpected(_ byte: UInt8, expected: String, _ bytes: Span<UInt8>) -> JSONError {
    error(.unexpectedByte(byte, expected: expected), bytes)
  }
}

// MARK: - Strings

extension JSONLexer {
  mutating func key(_ bytes: Span<UInt8>) throws(JSONError) -> RawString {
    let byte = try significant(bytes)
    guard byte == UInt8(ascii: "\"") else { throw unexpected(byte, expected: "a key in quotes", bytes) }
    return try string(bytes)
  }

  /// Reads over a string and checks its escapes, its surrogate pairs and its UTF-8.
  mutating func string(_ bytes: Span<UInt8>) throws(JSONError) -> RawString {
    try expect("\"", bytes)
    let start = position
    var hasEscapes = false
    while position < bytes.count {
      let byte = bytes[position]
      switch byte {
      case UInt8(ascii: "\""):
        defer { position += 1 }
        return RawString(content: start..<position, hasEscapes: hasEscapes)
      case UInt8(ascii: "\\"):
        hasEscapes = true
        _ = try escape(bytes)
      case 0..<0x20:
        throw error(.controlCharacter(byte), bytes)
      case 0x20..<0x80:
        position += 1
      default:
        try multibyte(bytes)
      }
    }
    throw error(.unexpectedEnd, bytes)
  }

  /// The text of a string that has been read over.
  func decoded(_ raw: RawString, _ bytes: Span<UInt8>) throws(JSONError) -> String {
    guard raw.hasEscapes else { return text(raw.content, bytes) }
    var reader = self
    reader.position = raw.content.lowerBound
    var text: [UInt8] = []
    text.reserveCapacity(raw.content.count)
    while reader.position < raw.content.upperBound {
      if bytes[reader.position] == UInt8(ascii: "\\") {
        text.append(contentsOf: Unicode.UTF8.encode(try reader.escape(bytes))!)
      } else {
        text.append(bytes[reader.position])
        reader.position += 1
      }
    }
    return String(decoding: text, as: UTF8.self)
  }

  /// The text of a range that is known to be UTF-8.
  func text(_ range: Range<Int>, _ bytes: Span<UInt8>) -> String {
    bytes.withUnsafeBufferPointer { String(decoding: $0[range], as: UTF8.self) }
  }

  /// Reads one escape, or two that are a surrogate pair.
  private mutating func escape(_ bytes: Span<UInt8>) throws(JSONError) -> Unicode.Scalar {
    let start = position
    position += 1
    guard let kind = peek(bytes) else { throw error(.unexpectedEnd, bytes) }
    position += 1
    switch kind {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return Unicode.Scalar(kind)
    case UInt8(ascii: "b"): return "\u{8}"
    case UInt8(ascii: "f"): return "\u{C}"
    case UInt8(ascii: "n"): return "\n"
    case UInt8(ascii: "r"): return "\r"
    case UInt8(ascii: "t"): return "\t"
    case UInt8(ascii: "u"): break
    default: throw JSONError(.invalidEscape, at: start, in: bytes)
    }
    let unit = try hexadecimalUnit(from: start, bytes)
    if let scalar = Unicode.Scalar(unit) { return scalar }
    if let scalar = try secondHalf(of: unit, bytes) { return scalar }
    guard admitsLoneSurrogates else { throw JSONError(.loneSurrogate, at: start, in: bytes) }
    return "\u{FFFD}"
  }

  /// Reads the escape behind one that is a surrogate, where both are a pair; else nothing is read.
  private mutating func secondHalf(of high: UInt16, _ bytes: Span<UInt8>) throws(JSONError) -> Unicode.Scalar? {
    let start = position
    guard high < 0xDC00, peek(bytes) == UInt8(ascii: "\\"), position + 1 < bytes.count,
      bytes[position + 1] == UInt8(ascii: "u")
    else { return nil }
    position += 2
    let low = try hexadecimalUnit(from: start, bytes)
    guard (0xDC00...0xDFFF).contains(low) else {
      position = start
      return nil
    }
    return Unicode.Scalar(0x10000 + (UInt32(high) - 0xD800) << 10 + (UInt32(low) - 0xDC00))
  }

  private mutating func hexadecimalUnit(from start: Int, _ bytes: Span<UInt8>) throws(JSONError) -> UInt16 {
    var unit: UInt16 = 0
    for _ in 0..<4 {
      guard let byte = peek(bytes) else { throw error(.unexpectedEnd, bytes) }
      let digit: UInt8
      switch byte {
      case UInt8(ascii: "0")...UInt8(ascii: "9"): digit = byte - UInt8(ascii: "0")
      case UInt8(ascii: "a")...UInt8(ascii: "f"): digit = byte - UInt8(ascii: "a") + 10
      case UInt8(ascii: "A")...UInt8(ascii: "F"): digit = byte - UInt8(ascii: "A") + 10
      default: throw JSONError(.invalidEscape, at: start, in: bytes)
      }
      unit = unit << 4 | UInt16(digit)
      position += 1
    }
    return unit
  }

  /// Reads over one scalar of two to four bytes: the well-formed sequences of RFC 3629 section 4.
  private mutating func multibyte(_ bytes: Span<UInt8>) throws(JSONError) {
    let lead = bytes[position]
    let length: Int
    var second: ClosedRange<UInt8> = 0x80...0xBF
    switch lead {
    case 0xC2...0xDF: length = 2
    case 0xE0...0xEF: length = 3
    case 0xF0...0xF4: length = 4
    default: throw error(.invalidUTF8, bytes)
    }
    switch lead {
    case 0xE0: second = 0xA0...0xBF
    case 0xED: second = 0x80...0x9F
    case 0xF0: second = 0x90...0xBF
    case 0xF4: second = 0x80...0x8F
    default: break
    }
    guard position + length <= bytes.count, second.contains(bytes[position + 1]) else {
      throw error(.invalidUTF8, bytes)
    }
    for offset in 2..<max(length, 2) where bytes[position + offset] & 0xC0 != 0x80 {
      throw error(.invalidUTF8, bytes)
    }
    position += length
  }
}
