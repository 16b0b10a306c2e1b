internal import HoneydewCore

/// Text for a terminal that shows nothing but ASCII: what is more is written in a form that can be read.
public enum ASCIIText {
  /// Whether the locale, which is the first of `LC_ALL`, `LC_CTYPE` and `LANG` that is set, is not one of UTF-8 (locale(7)).
  public static func isNeeded(_ variables: [String: String]) -> Bool {
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"].lazy.compactMap { variables[$0] }.first { !$0.isEmpty } ?? "C"
    let name = locale.lowercased().filter { $0 != "-" }
    return !name.contains("utf8")
  }

  /// `~` for the ellipsis, a sign for that of a state, and for all else what `Sanitizer` writes: `\u{e9}`.
  public static func text(_ text: String) -> String {
    guard !text.utf8.allSatisfy({ $0 < 0x80 }) else { return text }
    return text.unicodeScalars.reduce(into: "") { result, scalar in
      switch scalar {
      case "…": result += "~"
      case "━": result += "#"
      case "┄": result += "-"
      // The signs of states.
      case "○": result += "."
      case "◔": result += "~"
      case "●": result += "*"
      case "✓": result += "+"
      case "✗", "▲": result += "!"
      case "–": result += "-"
      case _ where scalar.isASCII: result.unicodeScalars.append(scalar)
      default: result += "\\u{" + String(scalar.value, radix: 16) + "}"
      }
    }
  }

  /// JSON text with escapes in its strings, which mean the same: `\u00e9`.
  public static func json(_ bytes: [UInt8]) -> [UInt8] {
    guard !bytes.allSatisfy({ $0 < 0x80 }) else { return bytes }
    return String(decoding: bytes, as: UTF8.self).unicodeScalars.reduce(into: []) { result, scalar in
      if scalar.isASCII {
        result.append(UInt8(truncatingIfNeeded: scalar.value))
      } else {
        Sanitizer.appendJSONEscape(of: scalar, to: &result)
      }
    }
  }
}
