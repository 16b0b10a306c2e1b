/// The lines of help texts, as wide as who reads them can see.
public struct HelpLines: Sendable {
  public let width: Int

  /// - Parameter columns: the terminal's; nil is 80, for a pipe or a file.
  public init(columns: Int? = nil) {
    width = min(max(columns ?? 80, 40), 100)
  }

  /// Two columns: what can be typed, and what it means.
  public func aligned(_ rows: [(String, String)]) -> [String] {
    let most = min(36, (width - 8) / 2)
    let column = rows.map(\.0.count).filter { $0 <= most }.max() ?? 0
    return rows.flatMap { left, right in
      let texts = folded(right, indent: column + 4)
      guard left.count <= column else {
        let names = folded(left, indent: 4)
        return ["  " + names[0].dropFirst(4)] + names.dropFirst() + texts
      }
      return ["  " + left + texts[0].dropFirst(left.count + 2)] + texts.dropFirst()
    }
  }

  /// The text in as many lines as it needs, each behind so many blanks.
  public func folded(_ text: String, indent: Int = 0) -> [String] {
    let margin = String(repeating: " ", count: indent)
    return TextWidth.lines(of: text, within: width - indent).map { margin + $0 }
  }
}
