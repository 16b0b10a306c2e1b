/// How many columns of a terminal a text takes.
public enum TextWidth {
  /// The columns of a line, which must have been made printable.
  public static func columns(of text: some StringProtocol) -> Int {
    text.utf8.allSatisfy { $0 < 0x80 } ? text.utf8.count : text.reduce(0) { $0 + columns(of: $1) }
  }

  /// One for a letter with all its marks, two for an ideograph or an emoji, none for a lone mark.
  public static func columns(of character: Character) -> Int {
    var width = 0
    for scalar in character.unicodeScalars {
      // U+FE0F asks for the emoji form of the character before it.
      width = scalar.value == 0xFE0F && width > 0 ? 2 : max(width, columns(of: scalar))
    }
    return width
  }

  /// The beginning of the text that fits, with an ellipsis when something is left out.
  public static func truncated(_ text: String, to limit: Int) -> String {
    guard columns(of: text) > limit else { return text }
    var result = ""
    var width = 0
    for character in text {
      width += columns(of: character)
      if width > limit - 1 { break }
      result.append(character)
    }
    return result + "…"
  }

  /// The text in lines that fit, broken at blanks; a word that is too long for a line has one to itself.
  public static func lines(of text: String, within limit: Int) -> [String] {
    var lines = [""]
    var width = 0
    for (index, word) in text.split(separator: " ", omittingEmptySubsequences: false).enumerated() {
      let wordWidth = columns(of: word)
      if index > 0, width + 1 + wordWidth > limit {
        lines.append("")
        width = 0
      } else if index > 0 {
        lines[lines.count - 1] += " "
        width += 1
      }
      lines[lines.count - 1] += word
      width += wordWidth
    }
    return lines
  }

  private static func columns(of scalar: Unicode.Scalar) -> Int {
    if scalar.value < 0x300 { return 1 }
    switch scalar.properties.generalCategory {
    case .nonspacingMark, .enclosingMark, .format: return 0
    default: break
    }
    return scalar.properties.isEmojiPresentation || isWide(scalar.value) ? 2 : 1
  }

  /// East_Asian_Width W and F (Unicode Standard Annex #11), by blocks.
  private static func isWide(_ value: UInt32) -> Bool {
    switch value {
    case 0x1100...0x115F, 0x2E80...0x303E, 0x3041...0x4DBF, 0x4E00...0xA4CF, 0xA960...0xA97C, 0xAC00...0xD7A3,
      0xF900...0xFAFF, 0xFE10...0xFE19, 0xFE30...0xFE6B, 0xFF01...0xFF60, 0xFFE0...0xFFE6, 0x16FE0...0x18CFF,
      0x1AFF0...0x1B2FF, 0x1F200...0x1F265, 0x20000...0x3FFFD:
      true
    default: false
    }
  }
}
