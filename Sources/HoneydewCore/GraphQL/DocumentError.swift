/// Why a GraphQL document cannot be sent, and where.
public struct DocumentError: Error, Equatable, Sendable, CustomStringConvertible {
  /// From 1; ended by a line feed, a carriage return, or both (GraphQL specification, section 2.1.3).
  public let line: Int
  /// From 1, in Unicode scalars.
  public let column: Int
  /// One sentence: what is wrong, and what is right.
  public let text: String

  init(_ text: String, at offset: Int, in bytes: [UInt8]) {
    let (feed, carriage) = (UInt8(ascii: "\n"), UInt8(ascii: "\r"))
    var (line, column) = (1, 1)
    for index in 0..<min(offset, bytes.count) {
      let byte = bytes[index]
      if byte == feed || byte == carriage {
        if byte == carriage || index == 0 || bytes[index - 1] != carriage { line += 1 }
        column = 1
      } else if byte & 0xC0 != 0x80 {
        column += 1
      }
    }
    (self.line, self.column, self.text) = (line, column, text)
  }

  /// `3:14: what is wrong`.
  public var description: String { "\(line):\(column): \(text)" }
}
