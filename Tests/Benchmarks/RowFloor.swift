import CSQLite
import HoneydewMigrations

/// SQLite alone, with the rows that the daemon writes, in the same tables with the same indexes.
final class RowFloor {
  private var connection: OpaquePointer?
  private var insert: OpaquePointer?
  private var complete: OpaquePointer?
  private var begin: OpaquePointer?
  private var commit: OpaquePointer?
  private var sequence: Int64 = 0
  private var random = SystemRandomNumberGenerator()
  private static let time = "2026-01-01T00:00:00.000Z"

  /// What a row of the table of jobs says.
  struct Row {
    var command = "diag.noop"
    var payload = "{}"
    var priority: Int64 = 0
    var status = "pending"
    var timeoutMilliseconds: Int64?
  }

  /// - Parameter isNew: whether the tables have to be made; without it the file is the daemon's, which does not run.
  init(path: String, isNew: Bool) throws {
    try check(sqlite3_open(path, &connection))
    if isNew { try execute("PRAGMA auto_vacuum = INCREMENTAL;") }
    try execute("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;")
    if isNew {
      for migration in migrations { try execute(String(decoding: migration.sql, as: UTF8.self)) }
    }
    insert = try prepare(
      """
      INSERT INTO jobs (seq, id, command, payload, priority, max_retries, timeout_ms, created_at, updated_at, status,
        attempt, started_at)
      VALUES (?1, ?2, ?3, ?4, ?5, 3, ?6, ?7, ?7, ?8, ?9, ?10)
      """)
    complete = try prepare(
      "UPDATE jobs SET status = 'completed', updated_at = ?1, completed_at = ?1, result = ?2 WHERE seq = ?3")
    begin = try prepare("BEGIN IMMEDIATE")
    commit = try prepare("COMMIT")
  }

  deinit {
    for statement in [insert, complete, begin, commit] { sqlite3_finalize(statement) }
    sqlite3_close(connection)
  }

  /// Inserts rows in one transaction, on the disk when it returns.
  ///
  /// - Returns: the id of the last.
  @discardableResult
  func insert(_ row: Row, count: Int) throws -> String {
    var last = ""
    try run(begin)
    for _ in 0..<count { last = try add(row) }
    try run(commit)
    return last
  }

  /// What a job that ends at once leaves: two transactions.
  func insertAndComplete() throws {
    try insert(Row(status: "running"), count: 1)
    try run(begin)
    bind(complete, 1, Self.time)
    sqlite3_bind_blob(complete, 2, "{}", 2, transient)
    sqlite3_bind_int64(complete, 3, sequence)
    try run(complete)
    try run(commit)
  }

  private func add(_ row: Row) throws -> String {
    let id = id()
    sequence += 1
    sqlite3_bind_int64(insert, 1, sequence)
    bind(insert, 2, id)
    bind(insert, 3, row.command)
    sqlite3_bind_blob(insert, 4, row.payload, Int32(row.payload.utf8.count), transient)
    sqlite3_bind_int64(insert, 5, row.priority)
    if let timeout = row.timeoutMilliseconds {
      sqlite3_bind_int64(insert, 6, timeout)
    } else {
      sqlite3_bind_null(insert, 6)
    }
    bind(insert, 7, Self.time)
    bind(insert, 8, row.status)
    let isRunning = row.status == "running"
    sqlite3_bind_int64(insert, 9, isRunning ? 1 : 0)
    if isRunning { bind(insert, 10, Self.time) } else { sqlite3_bind_null(insert, 10) }
    try run(insert)
    return id
  }

  private func id() -> String {
    let alphabet = Array("abcdefghijklmnopqrstuvwxyz234567".utf8)
    var bits = random.next() as UInt64
    var characters: [UInt8] = []
    for _ in 0..<13 {
      characters.append(alphabet[Int(bits & 31)])
      bits >>= 5
    }
    return String(decoding: characters, as: UTF8.self)
  }

  private func execute(_ sql: String) throws {
    try check(sqlite3_exec(connection, sql, nil, nil, nil))
  }

  private func prepare(_ sql: String) throws -> OpaquePointer? {
    var statement: OpaquePointer?
    try check(sqlite3_prepare_v2(connection, sql, -1, &statement, nil))
    return statement
  }

  private func bind(_ statement: OpaquePointer?, _ parameter: Int32, _ text: String) {
    sqlite3_bind_text(statement, parameter, text, Int32(text.utf8.count), transient)
  }

  private func run(_ statement: OpaquePointer?) throws {
    let result = sqlite3_step(statement)
    sqlite3_reset(statement)
    guard result == SQLITE_DONE else { return try check(result) }
  }

  private func check(_ result: Int32) throws {
    guard result == SQLITE_OK else {
      throw BenchmarkError("SQLite: \(String(cString: sqlite3_errmsg(connection)))")
    }
  }
}

/// `SQLITE_TRANSIENT`: SQLite copies the value before the call returns.
private var transient: sqlite3_destructor_type { unsafeBitCast(-1, to: sqlite3_destructor_type.self) }
