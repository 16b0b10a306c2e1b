internal import HoneydewCore

/// Compares a database's schema with what the migrations make: a trigger, a view, a table or an index that no migration
/// made was put there by somebody else, and would act in the daemon's name.
struct SchemaCheck {
  /// What `sqlite_schema` holds.
  private struct Entry: Hashable {
    let type: String
    let name: String
    let sql: String
  }

  private let expected: Set<Entry>

  /// - Parameter migrations: those that the database has.
  init(_ migrations: [Migrator.Migration]) throws(StoreError) {
    let model = try Database(inMemory: [Migrator.table] + migrations.map { String(decoding: $0.sql, as: UTF8.self) })
    defer { model.close() }
    expected = try Self.entries(of: model)
  }

  /// - Throws: `corrupt`, naming what is too much, missing or another one.
  func check(_ database: Database) throws(StoreError) {
    // What ANALYZE leaves, and what a backup has more.
    let found = try Self.entries(of: database).filter { entry in
      !entry.name.hasPrefix("sqlite_stat") && !(entry.type == "table" && entry.name == DatabaseFile.resultsTable)
        && entry.name != "sqlite_autoindex_\(DatabaseFile.resultsTable)_1"
    }
    let strange = found.subtracting(expected).min { $0.name < $1.name }
    if let strange {
      throw StoreError(
        .corrupt,
        "\(database.path): no migration made the \(strange.type.printable) \(strange.name.printable) that this database "
          + "has. It was left as it is: restore a backup, or look at it with sqlite3.")
    }
    if let missing = expected.subtracting(found).min(by: { $0.name < $1.name }) {
      throw StoreError(
        .corrupt,
        "\(database.path): the \(missing.type) \(missing.name) is missing. It was left as it is: restore a backup.")
    }
  }

  private static func entries(of database: Database) throws(StoreError) -> Set<Entry> {
    let rows = try database.prepare("SELECT type, name, coalesce(sql, '') FROM sqlite_schema").rows { row in
      Entry(type: row.text(0), name: row.text(1), sql: row.text(2))
    }
    return Set(rows)
  }
}
