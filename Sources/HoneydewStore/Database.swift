internal import CSQLite
internal import Glibc

/// One connection to a SQLite file in WAL mode. It owns its statements and finalises them when it closes.
final class Database {
  /// To so many bytes the log's file is cut, when it is restarted after another program's long read has let it grow.
  private static let logSizeLimit = 16 << 20

  /// Long enough for a reader with the sqlite3 tool, short enough for a loop that must not block.
  private static let busyTimeoutMilliseconds: Int32 = 100

  let path: String
  /// The number of the file that was opened; it stays with the file when its disk is mounted again.
  let fileNumber: UInt64
  private(set) var connection: OpaquePointer?
  /// The write-ahead log's path, once something has been written to it.
  private var logPath: String?
  private var statements: [Statement] = []
  private var beginning, snapshotBeginning, end, pageCounting: Statement?
  /// Whether this transaction's commit has written to the log.
  private var hasLogged = false
  /// Frames in the write-ahead log as of this connection's last commit that wrote to it.
  private(set) var logFrames = 0

  /// Opens the file, or creates it for its owner alone.
  ///
  /// - Parameters:
  ///   - expected: the `fileNumber` of the only file to be accepted. Another one would be mixed with the log that the
  ///     first one left beside it.
  ///   - mustExist: whether a missing file is an error.
  ///   - keepsLog: whether closing leaves the log as it is, even the last connection's: it would wait for the disk.
  init(
    path: String, expecting expected: UInt64? = nil, mustExist: Bool = false, keepsLog: Bool = false
  ) throws(StoreError) {
    self.path = path
    if expected == nil, !mustExist { try Self.createFile(path) }
    let (number, isEmpty) = try Self.look(at: path)
    fileNumber = number
    guard expected == nil || expected == number && !isEmpty else { throw emptied }
    if !isEmpty { try Self.identify(path) }
    let flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_PRIVATECACHE | SQLITE_OPEN_EXRESCODE
    var opened: OpaquePointer?
    let result = sqlite3_open_v2(path, &opened, flags, RelativeFiles.name(for: path))
    connection = opened
    guard result == SQLITE_OK else {
      let failure = error(result)
      close()
      throw failure
    }
    do throws(StoreError) {
      // Where it may not write, SQLite opens the file for reading.
      guard sqlite3_db_readonly(connection, "main") == 0 else {
        throw StoreError(
          sqliteCode: SQLITE_READONLY, detail: "it could be opened for reading only", systemError: 0, path: path)
      }
      if keepsLog { honeydew_sqlite_keep_log(connection) }
      try configure()
      beginning = try prepare("BEGIN IMMEDIATE")
      snapshotBeginning = try prepare("BEGIN")
      end = try prepare("COMMIT")
      pageCounting = try prepare("PRAGMA page_count")
    } catch {
      close()
      throw error
    }
  }

  /// A database that lives as long as its connection, made by these statements.
  init(inMemory statements: [String]) throws(StoreError) {
    path = ":memory:"
    fileNumber = 0
    var opened: OpaquePointer?
    let result = sqlite3_open_v2(path, &opened, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, nil)
    connection = opened
    guard result == SQLITE_OK else {
      let failure = error(result)
      close()
      throw failure
    }
    for statement in statements { try execute(statement) }
  }

  deinit { close() }

  /// What the header of our databases says whose they are (sqlite.org/fileformat.html, "application id"): `hndw`.
  private static let applicationID: Int64 = 0x686E_6477

  /// Looks into a file without any change, lock or file beside it.
  /// - Throws: `corrupt` for what is no database of ours.
  private static func identify(_ path: String) throws(StoreError) {
    var connection: OpaquePointer?
    defer { sqlite3_close(connection) }
    let allowed = Set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~/".utf8)
    let escaped = path.utf8.map { byte in
      allowed.contains(byte)
        ? String(Unicode.Scalar(byte)) : "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16)
    }.joined()
    let flags = SQLITE_OPEN_READONLY | SQLITE_OPEN_URI | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE
    var result = sqlite3_open_v2("file:\(escaped)?immutable=1", &connection, flags, RelativeFiles.name(for: path))
    // No more than the header: after a loss of power the rest may stand in the log alone.
    var file: UnsafeMutablePointer<sqlite3_file>?
    if result == SQLITE_OK { result = sqlite3_file_control(connection, "main", SQLITE_FCNTL_FILE_POINTER, &file) }
    var header = [UInt8](repeating: 0, count: 100)
    if result == SQLITE_OK, let file {
      result = file.pointee.pMethods.pointee.xRead(file, &header, Int32(header.count), 0)
      let isShort = result == SQLITE_IOERR | (2 << 8)
      if isShort || result == SQLITE_OK && !header.starts(with: "SQLite format 3\0".utf8) { result = SQLITE_NOTADB }
    }
    guard result == SQLITE_OK else {
      throw StoreError(
        sqliteCode: result, detail: String(cString: sqlite3_errstr(result)),
        systemError: result == SQLITE_NOTADB ? 0 : sqlite3_system_errno(connection), path: path)
    }
    guard header[68..<72].reduce(0, { $0 << 8 | Int64($1) }) == applicationID else { throw .foreign(path) }
  }

  /// Finalises every statement and closes the connection. The last connection to a file copies its log back and removes
  /// it, unless it keeps it.
  func close() {
    for statement in statements { statement.finalize() }
    statements = []
    sqlite3_close(connection)
    connection = nil
  }

  /// SQLite would create the file readable for everybody. The descriptor is closed before SQLite opens the file:
  /// closing one afterwards would drop SQLite's POSIX locks.
  static func createFile(_ path: String) throws(StoreError) {
    let descriptor = Glibc.open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    if descriptor >= 0 {
      Glibc.close(descriptor)
    } else if errno != EEXIST {
      throw StoreError(
        sqliteCode: SQLITE_CANTOPEN, detail: "unable to create the file", systemError: errno, path: path)
    }
  }

  private static func look(at path: String) throws(StoreError) -> (fileNumber: UInt64, isEmpty: Bool) {
    var status = stat()
    guard stat(path, &status) == 0 else {
      throw StoreError(
        sqliteCode: SQLITE_CANTOPEN, detail: "unable to open database file", systemError: errno, path: path)
    }
    return (UInt64(status.st_ino), status.st_size == 0)
  }

  static func isEmpty(_ path: String) throws(StoreError) -> Bool { try look(at: path).isEmpty }

  private func configure() throws(StoreError) {
    setPatience(milliseconds: Self.busyTimeoutMilliseconds)
    honeydew_sqlite_distrust_schema(connection)
    // Possible only before the first page is written; later it would do nothing, but take the lock.
    if try prepare("PRAGMA page_count").rows({ $0.int64(0) }) == [0] {
      try execute("PRAGMA auto_vacuum = INCREMENTAL")
      // Before the log, so that it stands in the file itself.
      try execute("PRAGMA application_id = \(Self.applicationID)")
    }
    // Debian's default writes each page of a removed row once more, as zeros: on a full disk there is no room for that.
    try execute("PRAGMA secure_delete = FAST")
    // Pages go to the log in a commit and not before; `GatheringFiles` rests on it.
    try execute("PRAGMA cache_spill = OFF")
    let mode = try prepare("PRAGMA journal_mode = WAL")
    _ = try mode.step()
    guard mode.text(0) == "wal" else {
      throw StoreError(.io, "\(path): the file system does not support a write-ahead log. Use a local disk.")
    }
    mode.reset()
    try execute(
      """
      PRAGMA foreign_keys = ON;
      PRAGMA temp_store = MEMORY;
      PRAGMA synchronous = NORMAL;
      PRAGMA journal_size_limit = \(Self.logSizeLimit);
      """)
    // It takes the place of the hook that would copy the log back in the commit that makes it long.
    sqlite3_wal_hook(
      connection,
      { context, _, _, frames in
        let database = Unmanaged<Database>.fromOpaque(context!).takeUnretainedValue()
        database.logFrames = Int(frames)
        database.hasLogged = true
        return SQLITE_OK
      }, Unmanaged.passUnretained(self).toOpaque())
  }

  /// How long the locks of others are waited for.
  func setPatience(milliseconds: Int32) {
    sqlite3_busy_timeout(connection, milliseconds)
  }

  /// Compiles one statement, kept until the connection closes.
  func prepare(_ sql: StaticString) throws(StoreError) -> Statement {
    try prepare(sql.description)
  }

  func prepare(_ sql: String) throws(StoreError) -> Statement {
    var handle: OpaquePointer?
    let result = sqlite3_prepare_v3(connection, sql, -1, UInt32(SQLITE_PREPARE_PERSISTENT), &handle, nil)
    guard result == SQLITE_OK, let handle else { throw error(result) }
    let statement = Statement(handle, of: self)
    statements.append(statement)
    return statement
  }

  /// Runs statements that return nothing.
  func execute(_ sql: String) throws(StoreError) {
    let result = sqlite3_exec(connection, sql, nil, nil, nil)
    guard result == SQLITE_OK else { throw error(result) }
  }

  /// Runs `body` as one transaction that is rolled back when it throws.
  ///
  /// Its commit survives the death of the process, and a loss of power when the log is synced afterwards. It syncs
  /// nothing itself, unless it is the one that restarts the log: then the log's header must be on the disk before any
  /// frame of it, or frames of the old log may be replayed over the newer database.
  ///
  /// - Returns: whether anything was written to the log. A transaction that changed nothing writes nothing.
  func transaction(_ body: () throws(StoreError) -> Void) throws(StoreError) -> Bool {
    hasLogged = false
    try beginning?.run()
    do throws(StoreError) {
      try body()
      try end?.run()
    } catch {
      // On a full disk and other severe errors SQLite has already rolled back by itself.
      if sqlite3_get_autocommit(connection) == 0 { sqlite3_exec(connection, "ROLLBACK", nil, nil, nil) }
      throw error
    }
    if hasLogged, logPath == nil {
      // The database's own path may be a link.
      logPath = sqlite3_filename_wal(sqlite3_db_filename(connection, "main")).map { String(cString: $0) }
    }
    if hasLogged { try checkLogBegins() }
    return hasLogged
  }

  /// Runs reads as one transaction, so that SQLite locks the file once and not for each of them.
  func snapshot<Value>(_ body: () throws(StoreError) -> Value) throws(StoreError) -> Value {
    try snapshotBeginning?.run()
    // A transaction that has written nothing ends in any case.
    defer { try? end?.run() }
    return try body()
  }

  /// How many pages the database has, those in the log included.
  var pageCount: Int64 {
    get throws(StoreError) { try pageCounting?.rows { $0.int64(0) }.first ?? 0 }
  }

  private var emptied: StoreError {
    StoreError(.corrupt, "\(path): the database was emptied or replaced while in use. Put the right file in its place.")
  }

  /// A file that was removed or replaced can still be written, and nobody would ever read it again.
  func checkPlace() throws(StoreError) {
    var hasMoved: Int32 = 0
    let result = sqlite3_file_control(connection, nil, SQLITE_FCNTL_HAS_MOVED, &hasMoved)
    guard result == SQLITE_OK else { throw error(result) }
    guard hasMoved == 0 else {
      throw StoreError(.io, "\(path): the database was moved or removed while in use. Put it back in its place.")
    }
    guard try !Self.look(at: path).isEmpty else { throw emptied }
    // By its name alone, as seeing its times would slow the sync down.
    if let logPath, access(logPath, F_OK) != 0, errno == ENOENT {
      try putLogBack(at: logPath)
      throw StoreError(.io, "\(logPath): the database's log was removed while in use. What it held is safe.")
    }
  }

  /// Reads the whole database and the log, and leaves both as they are.
  /// - Throws: `corrupt` when it is damaged, with the first damages.
  func checkIntegrity() throws(StoreError) {
    let problems = try prepare("PRAGMA integrity_check(3)").rows { $0.text(0) }.filter { $0 != "ok" }
    guard problems.isEmpty else { throw .damaged(path, problems) }
  }

  /// Runs `body` so that all of it is undone when it throws, inside of a transaction that goes on.
  func savepoint(_ body: () throws(StoreError) -> Void) throws(StoreError) {
    try execute("SAVEPOINT several")
    do throws(StoreError) {
      try body()
    } catch {
      sqlite3_exec(connection, "ROLLBACK TO several; RELEASE several", nil, nil, nil)
      throw error
    }
    try execute("RELEASE several")
  }

  func error(_ result: Int32) -> StoreError {
    let detail = connection.map { String(cString: sqlite3_errmsg($0)) } ?? String(cString: sqlite3_errstr(result))
    let primary = result & 0xFF
    let hasErrno = primary == SQLITE_IOERR || primary == SQLITE_CANTOPEN
    return StoreError(
      sqliteCode: result, detail: detail, systemError: hasErrno ? sqlite3_system_errno(connection) : 0, path: path)
  }
}
