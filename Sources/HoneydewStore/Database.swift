internal import CSQLite
internal import Glibc

/// One connection to a SQLite file in WAL mode. It owns its statements and finalises them when it closes.
final class Database {
  /// How much of a commit is on the disk when it returns.
  enum Synchronous: String {
    /// Survives the death of the process, not the loss of power.
    case normal = "NORMAL"
    /// Survives both, and so do all commits before it.
    case full = "FULL"
  }

  /// Frames in the write-ahead log at which it is copied back into the database: 4 MiB.
  private static let checkpointFrames: Int32 = 1000

  /// To so many bytes the log's file is cut, when it begins anew after another program's long read has let it grow.
  private static let logSizeLimit = 16 << 20

  /// Long enough for a reader with the sqlite3 tool, short enough for a loop that must not block.
  private static let busyTimeoutMilliseconds: Int32 = 100

  let path: String
  /// The number of the file that was opened; it stays with the file when its disk is mounted anew.
  let fileNumber: UInt64
  private(set) var connection: OpaquePointer?
  /// The write-ahead log's path, once something has been written to it.
  private var logPath: String?
  private var statements: [Statement] = []
  private var beginning, snapshotBeginning, end: Statement?
  private var synchronous: Synchronous?
  /// Frames in the write-ahead log after this transaction's commit, or 0 when it wrote none.
  private var loggedFrames: Int32 = 0

  /// Opens the file, or creates it for its owner alone.
  ///
  /// - Parameters:
  ///   - expected: the `fileNumber` of the only file to be accepted. Another one would be mixed with the log that the
  ///     first one left beside it.
  ///   - mustExist: whether a missing file is an error.
  init(path: String, expecting expected: UInt64? = nil, mustExist: Bool = false) throws(StoreError) {
    self.path = path
    if expected == nil, !mustExist { try Self.createFile(path) }
    let (number, isEmpty) = try Self.look(at: path)
    fileNumber = number
    guard expected == nil || expected == number && !isEmpty else {
      throw StoreError(
        .corrupt, "\(path): the database was emptied or replaced while in use. Put the right file in its place.")
    }
    let flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_PRIVATECACHE | SQLITE_OPEN_EXRESCODE
    var opened: OpaquePointer?
    let result = sqlite3_open_v2(path, &opened, flags, GatheringFiles.name.description)
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
      try configure()
      beginning = try prepare("BEGIN IMMEDIATE")
      snapshotBeginning = try prepare("BEGIN")
      end = try prepare("COMMIT")
    } catch {
      close()
      throw error
    }
  }

  deinit { close() }

  /// Finalises every statement and closes the connection. The last connection to a file copies its log back.
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

  private func configure() throws(StoreError) {
    sqlite3_busy_timeout(connection, Self.busyTimeoutMilliseconds)
    // Possible only before the first page is written; later it would do nothing, but take the lock.
    if try prepare("PRAGMA page_count").rows({ $0.int64(0) }) == [0] {
      try execute("PRAGMA auto_vacuum = INCREMENTAL")
    }
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
      PRAGMA trusted_schema = OFF;
      PRAGMA temp_store = MEMORY;
      PRAGMA journal_size_limit = \(Self.logSizeLimit);
      """)
    sqlite3_wal_hook(
      connection,
      { context, _, _, frames in
        Unmanaged<Database>.fromOpaque(context!).takeUnretainedValue().loggedFrames = frames
        return SQLITE_OK
      }, Unmanaged.passUnretained(self).toOpaque())
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
  /// - Returns: whether anything was written to the log. A transaction that changed nothing writes nothing, and then
  ///   `full` syncs nothing either.
  func transaction(
    _ synchronous: Synchronous, _ body: () throws(StoreError) -> Void
  ) throws(StoreError) -> Bool {
    if self.synchronous != synchronous {
      // Inside of a transaction this would be an error, and as a kept prepared statement it would do nothing.
      try execute("PRAGMA synchronous = \(synchronous.rawValue)")
      self.synchronous = synchronous
    }
    if synchronous == .full { try checkPlace() }
    loggedFrames = 0
    try beginning?.run()
    do throws(StoreError) {
      try body()
      try end?.run()
    } catch {
      // On a full disk and other grave errors SQLite has already rolled back by itself.
      if sqlite3_get_autocommit(connection) == 0 { sqlite3_exec(connection, "ROLLBACK", nil, nil, nil) }
      throw error
    }
    if loggedFrames >= Self.checkpointFrames {
      _ = try copyLogBack()
    }
    if loggedFrames > 0, logPath == nil {
      // The database's own path may be a link.
      logPath = sqlite3_filename_wal(sqlite3_db_filename(connection, "main")).map { String(cString: $0) }
    }
    return loggedFrames > 0
  }

  /// Runs reads as one transaction, so that SQLite locks the file once and not for each of them.
  func snapshot<Value>(_ body: () throws(StoreError) -> Value) throws(StoreError) -> Value {
    try snapshotBeginning?.run()
    // A transaction that has written nothing ends in any case.
    defer { try? end?.run() }
    return try body()
  }

  /// Copies the log back into the database, as far as nobody reads older pages, and empties it when it was all copied.
  ///
  /// - Returns: the size of the log in bytes.
  func checkpoint() throws(StoreError) -> Int64 {
    if try copyLogBack(), try logSize > 0 {
      sqlite3_busy_timeout(connection, 0)
      sqlite3_wal_checkpoint_v2(connection, nil, SQLITE_CHECKPOINT_TRUNCATE, nil, nil)
      sqlite3_busy_timeout(connection, Self.busyTimeoutMilliseconds)
    }
    return try logSize
  }

  /// - Returns: whether all of the log is in the database now.
  /// - Throws: when a sync failed, since the pages that it was for may be lost though a later sync succeeds. Other
  ///   failures lose nothing: the log keeps its frames, and the next checkpoint tries again.
  private func copyLogBack() throws(StoreError) -> Bool {
    var frames: Int32 = 0
    var copied: Int32 = 0
    let result = sqlite3_wal_checkpoint_v2(connection, nil, SQLITE_CHECKPOINT_PASSIVE, &frames, &copied)
    guard result != ioErrorOfSync else { throw error(result) }
    return result == SQLITE_OK && frames == copied
  }

  private var logSize: Int64 {
    get throws(StoreError) {
      guard let log = try log, let methods = log.pointee.pMethods else { return 0 }
      var size: Int64 = 0
      let result = methods.pointee.xFileSize(log, &size)
      guard result == SQLITE_OK else { throw error(result) }
      return size
    }
  }

  /// A file that was removed or replaced can still be written, and nobody would ever read it again.
  private func checkPlace() throws(StoreError) {
    var hasMoved: Int32 = 0
    let result = sqlite3_file_control(connection, nil, SQLITE_FCNTL_HAS_MOVED, &hasMoved)
    guard result == SQLITE_OK else { throw error(result) }
    guard hasMoved == 0 else {
      throw StoreError(.io, "\(path): the database was moved or removed while in use. Put it back in its place.")
    }
    // By its name alone, as seeing its times would slow the sync down.
    if let logPath, access(logPath, F_OK) != 0, errno == ENOENT {
      throw StoreError(.io, "\(logPath): the database's log was removed while in use. What it held is safe.")
    }
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

  private var log: UnsafeMutablePointer<sqlite3_file>? {
    get throws(StoreError) {
      var log: UnsafeMutablePointer<sqlite3_file>?
      let result = sqlite3_file_control(connection, nil, SQLITE_FCNTL_JOURNAL_POINTER, &log)
      guard result == SQLITE_OK else { throw error(result) }
      return log
    }
  }

  /// Syncs the write-ahead log, and with it every commit so far, through SQLite's own descriptor.
  func syncLog() throws(StoreError) {
    guard let log = try log, let methods = log.pointee.pMethods else { return }
    let synced = methods.pointee.xSync(log, SQLITE_SYNC_NORMAL)
    guard synced == SQLITE_OK else {
      throw StoreError(sqliteCode: synced, detail: "syncing the log failed", systemError: errno, path: path)
    }
  }

  /// Copies the write-ahead log into the database, syncs that, and empties the log.
  ///
  /// After a failed sync the kernel may take pages for clean that never reached the disk, and later syncs then pass over
  /// them (https://lwn.net/Articles/752063/). Copies of them are new writes. A reader elsewhere keeps the log as it is.
  func emptyLog() throws(StoreError) {
    let result = sqlite3_wal_checkpoint_v2(connection, nil, SQLITE_CHECKPOINT_TRUNCATE, nil, nil)
    guard result == SQLITE_OK || result & 0xFF == SQLITE_BUSY else { throw error(result) }
  }

  func error(_ result: Int32) -> StoreError {
    let detail = connection.map { String(cString: sqlite3_errmsg($0)) } ?? String(cString: sqlite3_errstr(result))
    let primary = result & 0xFF
    let hasErrno = primary == SQLITE_IOERR || primary == SQLITE_CANTOPEN
    return StoreError(
      sqliteCode: result, detail: detail, systemError: hasErrno ? sqlite3_system_errno(connection) : 0, path: path)
  }
}

/// `SQLITE_IOERR_FSYNC`, a macro that Swift does not see.
private let ioErrorOfSync = SQLITE_IOERR | (4 << 8)
