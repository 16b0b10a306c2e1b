internal import CSQLite
internal import HoneydewCore

/// A compiled statement. Parameters count from 1, columns from 0, as in SQLite.
final class Statement {
  private var handle: OpaquePointer?
  private unowned let database: Database

  init(_ handle: OpaquePointer, of database: Database) {
    self.handle = handle
    self.database = database
  }

  /// For the database alone, which owns the statement.
  func finalize() {
    sqlite3_finalize(handle)
    handle = nil
  }

  // MARK: Running

  /// Goes to the next row; false at the end, or after a statement that returns none. Call `reset` afterwards.
  func step() throws(StoreError) -> Bool {
    let result = sqlite3_step(handle)
    if result == SQLITE_ROW { return true }
    guard result == SQLITE_DONE else {
      let error = database.error(result)
      reset()
      throw error
    }
    return false
  }

  /// Runs a statement that returns no rows.
  func run() throws(StoreError) {
    _ = try step()
    reset()
  }

  /// Runs a statement to its end with `body` on every row.
  func forEachRow(_ body: (Statement) throws(StoreError) -> Void) throws(StoreError) {
    defer { reset() }
    while try step() { try body(self) }
  }

  /// Runs a statement to its end and gives what `read` made of its rows.
  func rows<Row>(_ read: (Statement) throws(StoreError) -> Row) throws(StoreError) -> [Row] {
    var rows: [Row] = []
    try forEachRow { row throws(StoreError) in rows.append(try read(row)) }
    return rows
  }

  /// Ends the reading of rows. Bound values stay.
  func reset() {
    sqlite3_reset(handle)
  }

  var sql: String { String(cString: sqlite3_sql(handle)) }

  /// Rows that the last run of this statement changed.
  var changedRows: Int32 { sqlite3_changes(sqlite3_db_handle(handle)) }

  // MARK: Parameters. SQLite copies what is bound.

  func bind(_ parameter: Int32, _ value: Int64?) {
    bound(value.map { sqlite3_bind_int64(handle, parameter, $0) } ?? sqlite3_bind_null(handle, parameter))
  }

  func bind(_ parameter: Int32, _ value: Int32) {
    bound(sqlite3_bind_int(handle, parameter, value))
  }

  func bind(_ parameter: Int32, _ value: Bool) {
    bound(sqlite3_bind_int(handle, parameter, value ? 1 : 0))
  }

  func bind(_ parameter: Int32, _ value: String?) {
    guard var value else { return bound(sqlite3_bind_null(handle, parameter)) }
    guard !value.isEmpty else { return bound(sqlite3_bind_text(handle, parameter, "", 0, transient)) }
    bound(
      value.withUTF8 { text in
        text.withMemoryRebound(to: CChar.self) {
          sqlite3_bind_text(handle, parameter, $0.baseAddress, Int32($0.count), transient)
        }
      })
  }

  func bind(_ parameter: Int32, _ value: [UInt8]?) {
    guard let value else { return bound(sqlite3_bind_null(handle, parameter)) }
    guard !value.isEmpty else { return bound(sqlite3_bind_zeroblob(handle, parameter, 0)) }
    bound(value.withUnsafeBytes { sqlite3_bind_blob(handle, parameter, $0.baseAddress, Int32($0.count), transient) })
  }

  private func bound(_ result: Int32) {
    precondition(result == SQLITE_OK, "parameter does not fit the statement")
  }

  // MARK: Columns of the current row

  func isNull(_ column: Int32) -> Bool {
    sqlite3_column_type(handle, column) == SQLITE_NULL
  }

  func int64(_ column: Int32) -> Int64 {
    sqlite3_column_int64(handle, column)
  }

  func int32(_ column: Int32) -> Int32 {
    sqlite3_column_int(handle, column)
  }

  /// A number that the daemon could have written.
  func number<Number: FixedWidthInteger>(_ column: Int32, _ range: ClosedRange<Number>) throws(StoreError) -> Number {
    guard let number = Number(exactly: int64(column)), range.contains(number) else { throw unreadable(column) }
    return number
  }

  func optionalNumber<Number: FixedWidthInteger>(
    _ column: Int32, _ range: ClosedRange<Number>
  ) throws(StoreError) -> Number? {
    isNull(column) ? nil : try number(column, range)
  }

  func bool(_ column: Int32) -> Bool {
    sqlite3_column_int(handle, column) != 0
  }

  func text(_ column: Int32) -> String {
    withText(column) { String(decoding: $0, as: UTF8.self) }
  }

  /// The column's UTF-8, valid during the call.
  func withText<Result>(_ column: Int32, _ body: (UnsafeBufferPointer<UInt8>) -> Result) -> Result {
    let start = sqlite3_column_text(handle, column)
    return body(UnsafeBufferPointer(start: start, count: Int(sqlite3_column_bytes(handle, column))))
  }

  func time(_ column: Int32) throws(StoreError) -> Timestamp {
    guard let time = Timestamp(text(column)) else { throw unreadable(column) }
    return time
  }

  func optionalTime(_ column: Int32) throws(StoreError) -> Timestamp? {
    isNull(column) ? nil : try time(column)
  }

  /// The error for a value that the daemon never writes.
  func unreadable(_ column: Int32) -> StoreError {
    let name = String(cString: sqlite3_column_name(handle, column))
    let key = String(cString: sqlite3_column_name(handle, 0))
    return StoreError(
      sqliteCode: SQLITE_CORRUPT,
      detail: "column \(name) of the row with \(key) '\(text(0).printable)' holds '\(text(column).printable)'",
      systemError: 0, path: database.path, isOfOneRow: true)
  }

  func bytes(_ column: Int32) -> [UInt8] {
    let start = sqlite3_column_blob(handle, column)
    return [UInt8](UnsafeRawBufferPointer(start: start, count: Int(sqlite3_column_bytes(handle, column))))
  }

  func optional<Value>(_ column: Int32, _ read: (Int32) -> Value) -> Value? {
    isNull(column) ? nil : read(column)
  }
}

/// `SQLITE_TRANSIENT`: SQLite copies the value before the call returns.
private var transient: sqlite3_destructor_type { unsafeBitCast(-1, to: sqlite3_destructor_type.self) }
