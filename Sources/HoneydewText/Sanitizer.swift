/// Keeps text from others from giving orders to the terminal.
public enum Sanitizer {
  /// The text with every character that a terminal would act on, or that hides or reorders others, in a form that can be
  /// read: `\n`, `\u{1b}`.
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
    var result = String.UnicodeScalarView()
    for scalar in text.unicodeScalars {
      if isActive(scalar) && !isJSONSpace(scalar) {
        let digits = String(scalar.value, radix: 16)
        result.append(contentsOf: ("\\u" + String(repeating: "0", count: 4 - digits.count) + digits).unicodeScalars)
      } else {
        result.append(scalar)
      }
    }
    return Array(String(result).utf8)
  }

  /// Control characters (C0, DEL, C1) and those of bidirectional text and of lines, all below U+10000.
  private static func isActive(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0..<0x20, 0x7F...0x9F, 0x200E, 0x200F, 0x2028...0x202E, 0x2066...0x2069, 0xFEFF: true
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
