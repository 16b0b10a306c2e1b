/// Why a text is no JSON, and where.
public struct JSONError: Error, Equatable, Sendable {
  public let reason: Reason
  /// Offset in bytes from the text's start.
  public let position: Int
  /// From 1; line feeds separate lines.
  public let line: Int
  /// From 1, in bytes.
  public let column: Int

  public enum Reason: Equatable, Sendable {
    case unexpectedEnd
    case unexpectedByte(UInt8, expected: String)
    case trailingText
    case controlCharacter(UInt8)
    case invalidEscape
    case loneSurrogate
    case invalidUTF8
    case invalidNumber
    case duplicateKey(String)
    case tooDeep(limit: Int)
  }

  init(_ reason: Reason, at position: Int, in bytes: Span<UInt8>) {
    self.reason = reason
    self.position = position
    var line = 1
    var lineStart = 0
    for index in 0..<min(position, bytes.count) where bytes[index] == UInt8(ascii: "\n") {
      line += 1
      lineStart = index + 1
    }
    self.line = line
    column = position - lineStart + 1
  }
}

extension JSONError: CustomStringConvertible {
  /// One sentence for people, such as `line 1, column 9: the text ends too early`.
  public var description: String { "line \(line), column \(column): \(reason)" }
}

extension JSONError.Reason: CustomStringConvertible {
  public var description: String {
    switch self {
    case .unexpectedEnd: "the text ends too early"
    case .unexpectedByte(let byte, let expected): "expected \(expected), found \(name(of: byte))"
    case .trailingText: "there is more text after the value"
    case .controlCharacter(let byte): "a string must not hold the raw control character \(name(of: byte)), escape it"
    case .invalidEscape: "this is no escape sequence of JSON"
    case .loneSurrogate: "the escape is one half of a surrogate pair"
    case .invalidUTF8: "the bytes are not UTF-8"
    case .invalidNumber: "this is no number of JSON"
    case .duplicateKey(let key): "the key \"\(key.prefix(64))\" appears twice"
    case .tooDeep(let limit): "arrays and objects are nested deeper than \(limit)"
    }
  }
}

private func name(of byte: UInt8) -> String {
  if byte > 0x20 && byte < 0x7F { return "'\(Unicode.Scalar(byte))'" }
  let digits = String(byte, radix: 16, uppercase: true)
  return "0x" + (digits.count < 2 ? "0" : "") + digits
}
