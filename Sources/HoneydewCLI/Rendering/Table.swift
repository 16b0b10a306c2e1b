/// Rows under headings, in columns that line up.
struct Table {
  struct Column {
    let title: String
    var isRightAligned = false
    /// May be cut with an ellipsis when the terminal is too narrow.
    var mayShrink = false
  }

  struct Cell {
    let text: String
    let style: Style

    /// The text may come from anywhere: it is escaped here.
    init(_ text: String, _ style: Style = .plain) {
      self.text = Sanitizer.printable(text)
      self.style = style
    }
  }

  let columns: [Column]
  private(set) var rows: [[Cell]] = []

  init(_ columns: [Column]) {
    self.columns = columns
  }

  mutating func add(_ row: [Cell]) {
    precondition(row.count == columns.count, "a row has a cell for each column")
    rows.append(row)
  }

  /// The lines. `limit` is the terminal's width, nil where nothing may be cut.
  func lines(width limit: Int?, palette: Palette) -> [String] {
    let widths = shrunk(naturalWidths(), to: limit)
    let heading = columns.map { Cell($0.title, .heading) }
    return ([heading] + rows).map { line($0, widths, palette) }
  }

  private static let gap = 2

  private func naturalWidths() -> [Int] {
    var widths = columns.map { TextWidth.columns(of: $0.title) }
    for row in rows {
      for (index, cell) in row.enumerated() { widths[index] = max(widths[index], TextWidth.columns(of: cell.text)) }
    }
    return widths
  }

  /// Takes from the widest column that may shrink until all fit, or none is left that is wider than its title.
  private func shrunk(_ natural: [Int], to limit: Int?) -> [Int] {
    guard let limit else { return natural }
    var widths = natural
    var excess = widths.reduce(0, +) + Table.gap * (columns.count - 1) - limit
    while excess > 0 {
      let shrinkable = columns.indices.filter {
        columns[$0].mayShrink && widths[$0] > max(8, TextWidth.columns(of: columns[$0].title))
      }
      guard let widest = shrinkable.max(by: { widths[$0] < widths[$1] }) else { break }
      widths[widest] -= 1
      excess -= 1
    }
    return widths
  }

  private func line(_ row: [Cell], _ widths: [Int], _ palette: Palette) -> String {
    var result = ""
    var pending = 0
    for (index, cell) in row.enumerated() {
      let text = TextWidth.truncated(cell.text, to: widths[index])
      let padding = widths[index] - TextWidth.columns(of: text)
      if columns[index].isRightAligned { pending += padding }
      if !text.isEmpty {
        result += String(repeating: " ", count: pending) + palette.apply(cell.style, to: text)
        pending = 0
      }
      pending += (columns[index].isRightAligned ? 0 : padding) + Table.gap
    }
    return result
  }
}
