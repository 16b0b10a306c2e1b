internal import HoneydewCore

extension Table {
  /// The same table with these columns alone, in this order, and its rows in another order.
  ///
  /// - Parameters:
  ///   - names: titles in small letters, with `-` for blanks; nil is all.
  ///   - key: the name of a column, whose least value comes first, or behind a `-` its greatest; nil leaves the order.
  /// - Throws: that there is no such column.
  public func arranged(columns names: [String]?, sortedBy key: String?) throws(UsageError) -> Table {
    var rows = rows
    if let key {
      let isDescending = key.hasPrefix("-")
      let place = try place(of: isDescending ? String(key.dropFirst()) : key, "--sort")
      rows = rows.enumerated().sorted { left, right in
        let (first, second) = (left.element[place].order, right.element[place].order)
        // Equal ones stay as they are.
        return first == second ? left.offset < right.offset : (first < second) != isDescending
      }.map(\.element)
    }
    let places =
      try names?.map { name throws(UsageError) in try place(of: name, "--columns") } ?? Array(columns.indices)
    var table = Table(
      places.map { place in
        var column = columns[place]
        // What was asked for is not left out.
        if names != nil { column.isExpendable = false }
        return column
      })
    for row in rows { table.add(places.map { row[$0] }) }
    return table
  }

  private func place(of name: String, _ option: String) throws(UsageError) -> Int {
    let known = columns.map(\.name)
    guard let place = known.firstIndex(of: name.lowercased()) else {
      let question = suggestion(for: name, among: known)
      throw UsageError(
        "\(option): there is no column \(quoted(name))"
          + (question.isEmpty ? "; there are \(known.joined(separator: ", "))" : question))
    }
    return place
  }
}

extension Table.Column {
  /// How it is asked for: its title in small letters, with `-` for blanks.
  public var name: String { title.lowercased().split(separator: " ").joined(separator: "-") }
}
