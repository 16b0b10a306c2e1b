/// The lines of help texts, of at most 80 columns.
public enum HelpLines {
  public static let width = 80

  /// Two columns: what can be typed, and what it means.
  public static func aligned(_ rows: [(String, String)]) -> [String] {
    let width = rows.map(\.0.count).filter { $0 <= 36 }.max() ?? 0
    return rows.flatMap { left, right in
      let texts = folded(right, indent: width + 4)
      guard left.count <= width else { return ["  " + left] + texts }
      return ["  " + left + texts[0].dropFirst(left.count + 2)] + texts.dropFirst()
    }
  }

  /// The text in as many lines as it needs, each behind so many blanks.
  public static func folded(_ text: String, indent: Int = 0) -> [String] {
    let margin = String(repeating: " ", count: indent)
    return TextWidth.lines(of: text, within: width - indent).map { margin + $0 }
  }
}
