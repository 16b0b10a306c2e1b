import CSQLite
import HoneydewConfig
import HoneydewCore
import HoneydewStore
import HoneydewSystem

/// A database to be filled. Its schema takes any row until it is filled, and is then said to be ours again.
final class RowsTemplate {
  let place: FuzzPlace
  private let bytes: [UInt8]
  private let tables: [(name: String, columns: Int32)]
  /// What the schema is to say, by its rows' names.
  private let schema: [(name: String, sql: String)]

  init() throws {
    place = try FuzzPlace()
    let path = place.home.database
    let store = try Store(path: path, now: rowsTime)
    try store.adoptLog()
    store.close()
    var schema: [(String, String)] = []
    Self.withConnection(path) { connection in
      Self.rows("SELECT name, sql FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'", connection) {
        schema.append((String(cString: sqlite3_column_text($0, 0)), String(cString: sqlite3_column_text($0, 1))))
      }
      let loose = schema.map { ($0.0, $0.1.split(separator: "NOT NULL", omittingEmptySubsequences: false).joined()) }
      Self.rewrite(loose.map { ($0, Self.withoutStrict($1)) }, connection)
      _ = sqlite3_exec(connection, "PRAGMA wal_checkpoint(TRUNCATE)", nil, nil, nil)
    }
    self.schema = schema
    var tables: [(String, Int32)] = []
    Self.withConnection(path) { connection in
      for (name, _) in schema where name != "schema_migrations" {
        var columns: Int32 = 0
        Self.rows("SELECT * FROM pragma_table_info('\(name)')", connection) { _ in columns += 1 }
        tables.append((name, columns))
      }
    }
    self.tables = tables
    bytes = try Files.read(path, limit: 1 << 22)
  }

  /// Values that mean something in one column or the other.
  static let words = [
    "aaaaaaaaaaaaa", "bbbbbbbbbbbbb", "eeeeeeeeeeeee", "pending", "running", "completed", "failed", "cancelled",
    "crashed", "diag.noop", "github.commits", "*/5 * * * *", "@every 1s", "CRON_TZ=Europe/Berlin 30 2 * * *", "skip",
    "queue", "allow", "cancel", "one", "none", "all", "2026-03-28T23:00:00.000Z", "0000-01-01T00:00:00.000Z",
    "9999-12-31T23:59:59.999Z", "2026-03-28T22:59:59.999Z", "{}", #"{"a":"b"}"#, "aaaaaaaaaaaaa.1.json",
    "../../etc/passwd", "TIMEOUT: it took too long", "TIMEOUT", "last_sequence", "rests", "pauses", "key_salt",
    "key_check", "zone_edition", "production", "https://api.test/graphql",
    "github\tproduction\t9999-12-31T23:59:59.999Z",
  ]

  /// Makes the database again, with the rows of a script.
  func fill(from script: FuzzInput) {
    var script = script
    place.putDatabase(bytes)
    Self.withConnection(place.home.database) { connection in
      _ = sqlite3_exec(connection, "PRAGMA ignore_check_constraints = ON; BEGIN", nil, nil, nil)
      for _ in 0..<64 where !script.isAtEnd { insert(&script, connection) }
      _ = sqlite3_exec(connection, "COMMIT", nil, nil, nil)
      Self.rewrite(schema, connection)
    }
  }

  private func insert(_ script: inout FuzzInput, _ connection: OpaquePointer) {
    let table = tables[script.choice(tables.count)]
    let places = Array(repeating: "?", count: Int(table.columns)).joined(separator: ",")
    var statement: OpaquePointer?
    guard
      sqlite3_prepare_v2(connection, "INSERT INTO \(table.name) VALUES (\(places))", -1, &statement, nil) == SQLITE_OK
    else { fail("no rows for \(table.name): \(String(cString: sqlite3_errmsg(connection)))") }
    defer { sqlite3_finalize(statement) }
    for column in 1...table.columns {
      switch script.choice(8) {
      case 0: sqlite3_bind_null(statement, column)
      case 1, 2: sqlite3_bind_int64(statement, column, script.number())
      case 3: sqlite3_bind_double(statement, column, Double(script.number()) * 1.5)
      case 4: bind(script.bytes(), sqlite3_bind_text, statement, column)
      case 5: bind(script.bytes(), sqlite3_bind_blob, statement, column)
      default: bind(Array(Self.words[script.choice(Self.words.count)].utf8), sqlite3_bind_text, statement, column)
      }
    }
    // A second row of a key is refused, as in the daemon's own table.
    _ = sqlite3_step(statement)
  }

  private static let transient = unsafeBitCast(-1, to: sqlite3_destructor_type.self)

  private func bind<Element>(
    _ bytes: [UInt8],
    _ binding: (OpaquePointer?, Int32, UnsafePointer<Element>?, Int32, sqlite3_destructor_type?) -> Int32,
    _ statement: OpaquePointer?, _ column: Int32
  ) {
    // One more byte, since an empty array has no address.
    _ = (bytes + [0]).withUnsafeBytes {
      binding(
        statement, column, $0.baseAddress?.assumingMemoryBound(to: Element.self), Int32(bytes.count), Self.transient)
    }
  }

  private func bind(
    _ bytes: [UInt8],
    _ binding: (OpaquePointer?, Int32, UnsafeRawPointer?, Int32, sqlite3_destructor_type?) -> Int32,
    _ statement: OpaquePointer?, _ column: Int32
  ) {
    _ = (bytes + [0]).withUnsafeBytes {
      binding(statement, column, $0.baseAddress, Int32(bytes.count), Self.transient)
    }
  }

  private static func withoutStrict(_ sql: String) -> String {
    let end = [") WITHOUT ROWID, STRICT", ") STRICT"].first { sql.hasSuffix($0) } ?? ""
    return sql.dropLast(end.count) + (end.contains("WITHOUT") ? ") WITHOUT ROWID" : ")")
  }

  /// Says that the tables were made by these statements.
  private static func rewrite(_ schema: [(name: String, sql: String)], _ connection: OpaquePointer) {
    var result = sqlite3_exec(connection, "PRAGMA writable_schema = ON", nil, nil, nil)
    for (name, sql) in schema {
      let text = sql.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "''")
      result |= sqlite3_exec(
        connection, "UPDATE sqlite_schema SET sql = '\(text)' WHERE name = '\(name)'", nil, nil, nil)
    }
    demand(result == SQLITE_OK, "the schema cannot be rewritten: \(String(cString: sqlite3_errmsg(connection)))")
  }

  private static func withConnection(_ path: String, _ body: (OpaquePointer) -> Void) {
    var connection: OpaquePointer?
    guard sqlite3_open(path, &connection) == SQLITE_OK, let connection else { fail("\(path) does not open") }
    _ = sqlite3_exec(connection, "PRAGMA synchronous = OFF", nil, nil, nil)
    body(connection)
    sqlite3_close(connection)
  }

  private static func rows(_ sql: String, _ connection: OpaquePointer, _ body: (OpaquePointer) -> Void) {
    var statement: OpaquePointer?
    guard sqlite3_prepare_v2(connection, sql, -1, &statement, nil) == SQLITE_OK, let statement else { return }
    while sqlite3_step(statement) == SQLITE_ROW { body(statement) }
    sqlite3_finalize(statement)
  }
}
