/// Cuts a GraphQL document into tokens (GraphQL specification, section 2.1). What it would not read as any server does, it
/// refuses.
struct DocumentLexer {
  struct Token: Equatable {
    enum Kind: Equatable {
      case punctuator(Unicode.Scalar)
      /// `...`
      case spread
      case name, number, string
      case end
    }

    let kind: Kind
    let range: Range<Int>
  }

  /// In bytes: what errors repeat is bounded by it.
  private static let longestName = 255

  /// In UTF-8.
  let bytes: [UInt8]
  private var position = 0

  init(_ bytes: [UInt8]) {
    self.bytes = bytes
  }

  func error(_ text: String, at offset: Int) -> DocumentError { DocumentError(text, at: offset, in: bytes) }

  func text(of token: Token) -> String { String(decoding: bytes[token.range], as: UTF8.self) }

  /// The next token; at the end of the document `end`, again and again.
  mutating func next() throws(DocumentError) -> Token {
    try skipIgnored()
    let start = position
    guard let byte = peek() else { return Token(kind: .end, range: start..<start) }
    switch byte {
    case "!", "$", "&", "(", ")", ":", "=", "@", "[", "]", "{", "|", "}":
      position += 1
      return Token(kind: .punctuator(byte), range: start..<position)
    case ".":
      guard bytes[start...].starts(with: "...".utf8) else {
        throw error("a lone '.' means nothing; write ...", at: start)
      }
      position += 3
      return Token(kind: .spread, range: start..<position)
    case "\"":
      try bytes[start...].starts(with: "\"\"\"".utf8) ? skipBlockString() : skipString()
      return Token(kind: .string, range: start..<position)
    case "-", "0"..."9":
      try skipNumber()
      return Token(kind: .number, range: start..<position)
    case _ where byte.beginsName:
      while let byte = peek(), byte.continuesName { position += 1 }
      guard position - start <= Self.longestName else {
        throw error("a name has at most \(Self.longestName) characters", at: start)
      }
      return Token(kind: .name, range: start..<position)
    default:
      let character = String(decoding: bytes[start...].prefix(4), as: UTF8.self).unicodeScalars.first ?? " "
      throw error("\(PayloadError.quoted(String(character))) does not belong into a document", at: start)
    }
  }

  /// A byte of the text; one beyond ASCII is a letter of Latin 1 here, which nothing looks for.
  private func peek(_ distance: Int = 0) -> Unicode.Scalar? {
    position + distance < bytes.count ? Unicode.Scalar(bytes[position + distance]) : nil
  }

  /// White space, line ends, commas, byte order marks and comments.
  private mutating func skipIgnored() throws(DocumentError) {
    while let byte = peek() {
      switch byte {
      case " ", "\t", "\n", "\r", ",": position += 1
      case "\u{EF}" where bytes[position...].starts(with: [0xEF, 0xBB, 0xBF]): position += 3
      case "#":
        while let byte = peek(), byte != "\n", byte != "\r" {
          try refuseControl(byte)
          position += 1
        }
      default: return
      }
    }
  }

  /// Control characters have no place even in texts: section 2.1, SourceCharacter.
  private func refuseControl(_ byte: Unicode.Scalar) throws(DocumentError) {
    if byte < " ", byte != "\t", byte != "\n", byte != "\r" {
      throw error("a control character does not belong into a document; in a string write \\u00..", at: position)
    }
  }

  private mutating func skipString() throws(DocumentError) {
    let start = position
    position += 1
    while let byte = peek(), byte != "\n", byte != "\r" {
      try refuseControl(byte)
      switch byte {
      case "\"":
        position += 1
        return
      case "\\": try skipEscape()
      default: position += 1
      }
    }
    throw error("this string has no end on its line; close it with \", or write \"\"\" around several lines", at: start)
  }

  private mutating func skipEscape() throws(DocumentError) {
    let start = position
    switch peek(1) {
    case "\"", "\\", "/", "b", "f", "n", "r", "t": position += 2
    case "u":
      position += 2
      if peek() == "{" {
        position += 1
        try skipHexadecimal(1...8, from: start)
        guard peek() == "}" else { throw error("this is no escape; write \\u{1F41D}", at: start) }
        position += 1
      } else {
        try skipHexadecimal(4...4, from: start)
      }
    default: throw error("this is no escape of GraphQL; write \\\\ for a backslash", at: start)
    }
  }

  private mutating func skipHexadecimal(_ count: ClosedRange<Int>, from start: Int) throws(DocumentError) {
    let first = position
    while position - first < count.upperBound, let byte = peek(), byte.isHexadecimal { position += 1 }
    guard count.contains(position - first) else { throw error("this is no escape; write \\u00e9", at: start) }
  }

  private mutating func skipBlockString() throws(DocumentError) {
    let start = position
    position += 3
    while let byte = peek() {
      try refuseControl(byte)
      if byte == "\\", bytes[position...].starts(with: "\\\"\"\"".utf8) {
        position += 4
      } else if byte == "\"", bytes[position...].starts(with: "\"\"\"".utf8) {
        position += 3
        return
      } else {
        position += 1
      }
    }
    throw error("this block string has no end; close it with \"\"\"", at: start)
  }

  private mutating func skipNumber() throws(DocumentError) {
    let start = position
    if peek() == "-" { position += 1 }
    if peek() == "0" { position += 1 } else { try skipDigits(from: start) }
    if peek() == "." {
      position += 1
      try skipDigits(from: start)
    }
    if peek() == "e" || peek() == "E" {
      position += 1
      if peek() == "+" || peek() == "-" { position += 1 }
      try skipDigits(from: start)
    }
    // 00, 0x1 and 1.2.3 are no two tokens (section 2.9.1).
    if let byte = peek(), byte == "." || byte.continuesName { throw error("this is no number", at: start) }
  }

  private mutating func skipDigits(from start: Int) throws(DocumentError) {
    guard let byte = peek(), byte.isDigit else { throw error("this is no number", at: start) }
    while let byte = peek(), byte.isDigit { position += 1 }
  }
}

extension Unicode.Scalar {
  fileprivate var isDigit: Bool { ("0"..."9").contains(self) }
  fileprivate var isHexadecimal: Bool { isDigit || ("a"..."f").contains(self) || ("A"..."F").contains(self) }
  fileprivate var beginsName: Bool { self == "_" || ("a"..."z").contains(self) || ("A"..."Z").contains(self) }
  fileprivate var continuesName: Bool { beginsName || isDigit }
}
