internal import HoneydewCore

/// Rows under headings, in columns that line up.
public struct Table: Sendable {
  /// A column's heading, and how it gives way on a narrow terminal.
  public struct Column: Sendable {
    public let title: String
    public var isRightAligned: Bool
    /// A text that may be cut with an ellipsis when the terminal is narrow, but not below this width while there are
    /// columns that may be left out; nil is never cut.
    public var comfortableWidth: Int?
    /// May be left out, from the right, where there is not even room for the others' comfortable widths. Where the
    /// others' least widths have no room either, they are left out in the same way, but for the first.
    public var isExpendable: Bool

    public init(
      title: String, isRightAligned: Bool = false, comfortableWidth: Int? = nil, isExpendable: Bool = false
    ) {
      self.title = title
      self.isRightAligned = isRightAligned
      self.comfortableWidth = comfortableWidth
      self.isExpendable = isExpendable
    }

    fileprivate static let leastWidth = 8

    /// The width after a cut of a text that may be cut, which leaves the title and a few letters.
    fileprivate func width(_ natural: Int, cutTo width: Int) -> Int {
      comfortableWidth == nil ? natural : min(natural, max(width, Column.leastWidth, TextWidth.columns(of: title)))
    }
  }

  /// A text that is safe to show, and what it is.
  public struct Cell: Sendable {
    public let text: String
    public let style: Style
    /// What the text is an amount of, for an order of rows.
    private let amount: Double?

    /// The text may come from anywhere: it is escaped here.
    ///
    /// - Parameter amount: by which rows are sorted, where the text says it in changing units.
    public init(_ text: String, _ style: Style = .plain, amount: Double? = nil) {
      self.text = Sanitizer.printable(text)
      self.style = style
      self.amount = amount
    }

    /// Numbers come first, by their size, then texts.
    var order: Order {
      // `nan` has no place among numbers, and `inf` is a name, too.
      let number = (amount ?? Double(text)).flatMap { $0.isFinite ? $0 : nil }
      return number.map { Order(number: $0, text: "") } ?? Order(number: .infinity, text: text)
    }
  }

  /// The place of a cell among those of its column.
  struct Order: Comparable {
    let number: Double
    let text: String

    static func < (left: Order, right: Order) -> Bool {
      (left.number, left.text) < (right.number, right.text)
    }
  }

  public let columns: [Column]
  public private(set) var rows: [[Cell]] = []

  public init(_ columns: [Column]) {
    self.columns = columns
  }

  /// Adds a row, which has a cell for each column.
  public mutating func add(_ row: [Cell]) {
    precondition(row.count == columns.count, "a row has a cell for each column")
    rows.append(row)
  }

  /// The lines. `limit` is the terminal's width, nil where nothing may be cut or left out.
  public func lines(width limit: Int?, palette: Palette) -> [String] {
    let natural = naturalWidths()
    let shown = limit.map { shownColumns(natural, within: $0) } ?? Array(columns.indices)
    let widths = limit.map { shrunk(natural, shown, to: $0) } ?? natural
    let heading = columns.map { Cell($0.title, .heading) }
    return ([heading] + rows).map { line($0, shown, widths, palette) }
  }

  private static let gap = 2

  private func naturalWidths() -> [Int] {
    var widths = columns.map { TextWidth.columns(of: $0.title) }
    for row in rows {
      for (index, cell) in row.enumerated() { widths[index] = max(widths[index], TextWidth.columns(of: cell.text)) }
    }
    return widths
  }

  /// The columns that there is room for, and the first in any case.
  private func shownColumns(_ natural: [Int], within limit: Int) -> [Int] {
    var shown = Array(columns.indices)
    while Table.total(shown.map { columns[$0].width(natural[$0], cutTo: columns[$0].comfortableWidth ?? 0) }) > limit,
      let expendable = shown.lastIndex(where: { columns[$0].isExpendable })
    {
      shown.remove(at: expendable)
    }
    while shown.count > 1, Table.total(shown.map { columns[$0].width(natural[$0], cutTo: 0) }) > limit {
      shown.removeLast()
    }
    return shown
  }

  /// Cuts the columns that may shrink to one common width, the largest with which all of them fit.
  private func shrunk(_ natural: [Int], _ shown: [Int], to limit: Int) -> [Int] {
    func widths(_ common: Int) -> [Int] {
      columns.indices.map { columns[$0].width(natural[$0], cutTo: common) }
    }
    func fits(_ common: Int) -> Bool {
      let widths = widths(common)
      return Table.total(shown.map { widths[$0] }) <= limit
    }
    var common = 0
    var tooWide = limit + 1
    while tooWide - common > 1 {
      let middle = (common + tooWide) / 2
      if fits(middle) { common = middle } else { tooWide = middle }
    }
    return widths(common).map { min($0, limit) }
  }

  private static func total(_ widths: [Int]) -> Int {
    widths.reduce(0, +) + gap * (widths.count - 1)
  }

  private func line(_ row: [Cell], _ shown: [Int], _ widths: [Int], _ palette: Palette) -> String {
    var result = ""
    var pending = 0
    for index in shown {
      let cell = row[index]
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
