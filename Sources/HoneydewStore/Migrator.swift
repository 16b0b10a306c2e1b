internal import HoneydewCore
internal import HoneydewMigrations

/// Brings a database to the newest schema, one numbered file at a time.
struct Migrator {
  struct Migration {
    let version: Int
    let name: String
    let sql: [UInt8]

    /// Tells an edited file from the released one: FNV-1a in hexadecimal.
    var checksum: String {
      let digits = String(fnv1a(sql), radix: 16)
      return String(repeating: "0", count: 16 - digits.count) + digits
    }
  }

  /// Those of this program.
  static var known: Migrator {
    Migrator(migrations: HoneydewMigrations.migrations.map { .init(version: $0.version, name: $0.name, sql: $0.sql) })
  }

  /// Oldest first, numbered without gaps.
  let migrations: [Migration]

  /// Applies what is missing, each file in a transaction of its own, and syncs it.
  ///
  /// - Throws: `newerSchema` and `changedMigration` before anything is changed.
  func migrate(_ database: Database, now: Timestamp) throws(StoreError) {
    let applied = try appliedCount(database)
    for migration in migrations.dropFirst(applied) {
      do throws(StoreError) {
        try apply(migration, to: database, now: now)
      } catch {
        throw StoreError(
          error.code, "\(error.message) This happened in migration \(migration.name).", sqliteCode: error.sqliteCode)
      }
    }
  }

  private func apply(_ migration: Migration, to database: Database, now: Timestamp) throws(StoreError) {
    _ = try database.transaction { () throws(StoreError) in
      try database.execute(String(decoding: migration.sql, as: UTF8.self))
      let record = try database.prepare("INSERT INTO schema_migrations VALUES (?, ?, ?, ?)")
      record.bind(1, Int64(migration.version))
      record.bind(2, migration.name)
      record.bind(3, migration.checksum)
      record.bind(4, now.description)
      try record.run()
    }
    try database.syncLog()
  }

  /// How many of the migrations the database has, after a check that they are the first ones, unchanged.
  func appliedCount(_ database: Database) throws(StoreError) -> Int {
    let names = try database.prepare("SELECT name, type FROM sqlite_schema").rows {
      (name: $0.text(0), type: $0.text(1))
    }
    guard names.contains(where: { $0.name == "schema_migrations" && $0.type == "table" }) else {
      guard names.isEmpty else { throw .foreign(database.path) }
      try createTable(database)
      return 0
    }
    let rows = try database.prepare("SELECT version, name, checksum FROM schema_migrations ORDER BY version")
    defer { rows.reset() }
    var count = 0
    while try rows.step() {
      let version = Int(rows.int64(0))
      guard version <= migrations.last?.version ?? 0 else {
        throw StoreError(
          .newerSchema,
          "\(database.path): the database was written by a newer Honeydew (migration \(rows.text(1)) is unknown here). "
            + "Install that version again, or restore a backup made by this one.")
      }
      let expected = migrations[count]
      guard version == expected.version, rows.text(2) == expected.checksum else {
        throw StoreError(
          .changedMigration,
          "\(database.path): the database was made by another build of Honeydew, from before its first release: its "
            + "schema \(rows.text(1)) (\(rows.text(2))) is not this one's \(expected.name) (\(expected.checksum)), and there "
            + "is no way from the one to the other. It was left as it is. Start with a fresh home, and keep this one as a "
            + "copy: move its directory away and start again. The build that made it still reads it.")
      }
      count += 1
    }
    try SchemaCheck(Array(migrations.prefix(count))).check(database)
    return count
  }

  private func createTable(_ database: Database) throws(StoreError) {
    _ = try database.transaction { () throws(StoreError) in
      try database.execute(Self.table)
    }
  }

  static let table = """
    CREATE TABLE schema_migrations (
        version     INTEGER PRIMARY KEY,
        name        TEXT NOT NULL,
        checksum    TEXT NOT NULL,
        applied_at  TEXT NOT NULL
    ) STRICT
    """
}
