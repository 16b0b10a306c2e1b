internal import HoneydewText
internal import HoneydewCore
internal import HoneydewJSON

/// How the result of a command becomes a table: where its rows are, and what of a row is worth a column.
struct ResultLayout: Sendable {
  struct Column: Sendable {
    let heading: Table.Column
    let cell: @Sendable (JSONValue) -> String

    init(
      _ title: String, isRightAligned: Bool = false, comfortableWidth: Int? = nil, isExpendable: Bool = false,
      _ cell: @escaping @Sendable (JSONValue) -> String
    ) {
      heading = Table.Column(
        title: title, isRightAligned: isRightAligned, comfortableWidth: comfortableWidth, isExpendable: isExpendable)
      self.cell = cell
    }
  }

  /// The keys from the result's root to the rows: an array, or an object that is the only row.
  private(set) var path: [String]
  let columns: [Column]
  /// What the rows are, in the plural: `commits`.
  let rows: String

  /// - Parameter key: the rows' key in what the root field answers; nil where the answer is the rows.
  init(_ rows: String, under key: String? = nil, _ columns: [Column]) {
    self.rows = rows
    self.columns = columns
    path = key.map { [$0] } ?? []
  }

  /// Those of a command's table that has a layout.
  static func columns(of command: String) -> [Table.Column] { of(command: command)?.columns.map(\.heading) ?? [] }

  static func of(command name: String) -> ResultLayout? {
    guard var layout = layouts[name], case .api(let field, _, _) = CommandRegistry.find(name)?.target else {
      return nil
    }
    layout.path.insert(field, at: 0)
    return layout
  }
}
