internal import HoneydewText
internal import HoneydewJSON

/// A job's result for people: a table where it is a list, indented JSON where it is not.
enum ResultText {
  case table(Table, rows: String)
  case text(String)

  static func make(command: String, result: [UInt8]) -> ResultText {
    if let layout = ResultLayout.of(command: command), let table = table(layout, result) {
      return .table(table, rows: layout.rows)
    }
    if let (table, rows) = genericTable(result) { return .table(table, rows: rows) }
    return .text(IndentedJSON.text(of: result))
  }

  private static func table(_ layout: ResultLayout, _ result: [UInt8]) -> Table? {
    guard var elements = JSONElements(in: result, at: layout.path, orObject: true) else { return nil }
    var table = Table(layout.columns.map(\.heading))
    while let element = elements.next() {
      table.add(layout.columns.map { Table.Cell($0.cell(element)) })
    }
    return table
  }

  /// The table of a result that is `{"field": [...]}`: a column for each scalar member of the first element, or one
  /// column when the elements are scalars themselves.
  private static func genericTable(_ result: [UInt8]) -> (table: Table, rows: String)? {
    guard let field = soleKey(of: result), var elements = JSONElements(in: result, at: [field]) else { return nil }
    var next = elements.next()
    let keys = next?.members.map { $0.filter { isScalar($0.value) }.map(\.key) }
    if let next, keys == nil, !isScalar(next) { return nil }
    let titles = keys ?? [field]
    guard !titles.isEmpty else { return nil }
    var table = Table(
      titles.map { Table.Column(title: heading($0), comfortableWidth: 12, isExpendable: $0 != titles.first) })
    while let element = next {
      let cells = keys.map { $0.map { element[$0] } } ?? [element]
      table.add(cells.map { Table.Cell(ResultLayout.text($0)) })
      next = elements.next()
    }
    return (table, field)
  }

  /// The key of an object that has one member.
  private static func soleKey(of result: [UInt8]) -> String? {
    guard let start = result.firstIndex(of: UInt8(ascii: "\"")),
      let end = result[(start + 1)...].firstIndex(of: UInt8(ascii: "\"")),
      case let key = String(decoding: result[start + 1..<end], as: UTF8.self),
      let found = try? JSONScanner.ranges(of: [key], in: result.span), let value = found[0],
      result[value.upperBound...].first(where: { $0 > 0x20 }) == UInt8(ascii: "}")
    else { return nil }
    return key
  }

  private static func isScalar(_ value: JSONValue) -> Bool { value.array == nil && value.members == nil }

  /// `pushedAt` as `PUSHED AT`.
  private static func heading(_ key: String) -> String {
    key.reduce(into: "") { result, letter in
      if letter.isUppercase, !result.isEmpty { result.append(" ") }
      result.append(contentsOf: letter.uppercased())
    }
  }
}
