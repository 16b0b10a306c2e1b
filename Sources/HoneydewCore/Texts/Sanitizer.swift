/// Keeps text from others from giving orders to a terminal, and from looking like another text.
public enum Sanitizer {
  /// The text with every active character in a form that can be read: `\n`, `\u{1b}`.
  public static func printable(_ text: some StringProtocol) -> String {
    guard text.unicodeScalars.contains(where: isActive) else { return String(text) }
    var result = String.UnicodeScalarView()
    for scalar in text.unicodeScalars {
      if isActive(scalar) {
        result.append(contentsOf: escape(scalar).unicodeScalars)
      } else {
        result.append(scalar)
      }
    }
    return String(result)
  }

  /// JSON text with the same characters in the form `\u001b`. They can only stand inside strings, apart from white
  /// space, which stays; so the value is the same.
  public static func printableJSON(_ bytes: [UInt8]) -> [UInt8] {
    let text = String(decoding: bytes, as: UTF8.self)
    guard text.unicodeScalars.contains(where: { isActive($0) && !isJSONSpace($0) }) else { return bytes }
    var result: [UInt8] = []
    result.reserveCapacity(bytes.count)
    for scalar in text.unicodeScalars {
      if isActive(scalar) && !isJSONSpace(scalar) {
        appendJSONEscape(of: scalar, to: &result)
      } else {
        result.append(contentsOf: scalar.utf8)
      }
    }
    return result
  }

  /// Appends `\u001b`, or a pair of surrogates for what lies past U+FFFF (RFC 8259 section 7).
  public static func appendJSONEscape(of scalar: Unicode.Scalar, to bytes: inout [UInt8]) {
    for unit in scalar.utf16 {
      let digits = String(unit, radix: 16)
      bytes.append(contentsOf: "\\u".utf8)
      bytes.append(contentsOf: repeatElement(UInt8(ascii: "0"), count: 4 - digits.utf8.count))
      bytes.append(contentsOf: digits.utf8)
    }
  }

  /// Whether a terminal would act on the character, or it cannot be seen, or it hides or reorders others: controls (C0,
  /// DEL, C1), those of lines and of bidirectional text, tags, and all that takes no room.
  ///
  /// The one table of them for everything that people read. Variation selectors, without which emoji look otherwise, are
  /// none of them.
  public static func isActive(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0..<0x20, 0x7F...0x9F: true
    case 0xAD, 0x34F, 0x61C, 0x115F...0x1160, 0x17B4...0x17B5, 0x180B...0x180F: true
    case 0x200B...0x200F, 0x2028...0x202E, 0x2060...0x206F, 0x3164, 0xFEFF, 0xFFA0, 0xFFF0...0xFFFB: true
    case 0x1BCA0...0x1BCA3, 0x1D173...0x1D17A, 0xE0000...0xE0FFF: true
    default: false
    }
  }

  private static func isJSONSpace(_ scalar: Unicode.Scalar) -> Bool {
    scalar == "\n" || scalar == "\r" || scalar == "\t"
  }

  private static func escape(_ scalar: Unicode.Scalar) -> String {
    switch scalar {
    case "\n": "\\n"
    case "\r": "\\r"
    case "\t": "\\t"
    default: "\\u{" + String(scalar.value, radix: 16) + "}"
    }
  }
}
