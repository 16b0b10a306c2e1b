internal import CSQLite
internal import Glibc
public import HoneydewCore

/// A database as a file: looked through, copied and put back by processes of their own, never by the daemon, whose loop
/// they would hold up.
public struct DatabaseFile {
  public let path: String

  /// The table where a backup holds the files of long results, in chunks.
  static let resultsTable = "backup_results"
  /// Bytes of one chunk.
  public static let chunkLength = 1 << 20

  /// - Parameter path: of a file that is there.
  public init(_ path: String) {
    self.path = path
  }

  /// What a look into the file has found.
  public struct Report: Equatable, Sendable {
    /// How many migrations the database has, and how many this program knows.
    public var schema: Int
    public var newestSchema: Int
    /// What SQLite's check complains about.
    public var problems: [String]
    public var jobs: Int64
    /// When the newest job was submitted.
    public var newestJob: Timestamp?
  }

  /// Reads the whole file, and the log where there is one, and leaves both as they are: what is damaged is for the
  /// operator to look at.
  ///
  /// - Parameter thoroughly: compares indexes with their tables too, which takes longer (`integrity_check`).
  /// - Throws: `corrupt`, `newerSchema`, `changedMigration`.
  public func check(thoroughly: Bool = false) throws(StoreError) -> Report {
    guard (try? Database.isEmpty(path)) != true else {
      throw StoreError(.corrupt, "\(path): this is no database of Honeydew's, but an empty one.")
    }
    // A file without a log gets one while it is read, which goes with the connection.
    let database = try open(keepsLog: access(path + "-wal", F_OK) == 0)
    defer { database.close() }
    let schema = try Migrator.known.appliedCount(database)
    guard schema > 0 else {
      throw StoreError(.corrupt, "\(path): this is no database of Honeydew's, but an empty one.")
    }
    let check = thoroughly ? "integrity_check" : "quick_check"
    let problems = try database.prepare("PRAGMA \(check)(20)").rows { $0.text(0) }.filter { $0 != "ok" }
    let jobs = try database.prepare("SELECT count(*) FROM jobs").rows { $0.int64(0) }[0]
    let newest = try database.prepare("SELECT created_at FROM jobs ORDER BY seq DESC LIMIT 1").rows { $0.text(0) }
    return Report(
      schema: schema, newestSchema: Migrator.known.migrations.count, problems: problems, jobs: jobs,
      newestJob: newest.first.flatMap { Timestamp($0) })
  }

  /// Reads the whole file and the log, and leaves both as they are.
  ///
  /// - Parameter tick: called now and then meanwhile.
  /// - Throws: `corrupt` when something is wrong with them.
  public func requireWhole(whileReading tick: @escaping () -> Void) throws(StoreError) {
    let database = try open(keepsLog: true)
    defer { database.close() }
    try database.ticking(tick) { () throws(StoreError) in try database.checkIntegrity() }
  }

  /// The long results whose files are not as the database has them.
  ///
  /// - Parameter size: of a file by its name; nil when there is none.
  public func missingResults(size: (_ file: String) throws -> Int64?) throws -> [MissingResult] {
    let database = try open(keepsLog: access(path + "-wal", F_OK) == 0)
    defer { database.close() }
    let known = try database.prepare("SELECT result_file, result_size, id FROM jobs WHERE result_file IS NOT NULL").rows
    {
      MissingResult(file: $0.text(0), size: $0.int64(1), job: $0.text(2))
    }
    let again = try database.prepare("SELECT result_size FROM jobs WHERE result_file = ? AND id = ?")
    return try known.filter { result in
      guard ResultFileName.isLegal(result.file, of: result.job) else { throw illegalResult(of: result.job) }
      guard try size(result.file) != result.size else { return false }
      // Meanwhile it may have gone with its job.
      again.bind(1, result.file)
      again.bind(2, result.job)
      return try again.rows { $0.int64(0) } == [result.size]
    }
  }

  /// A long result whose file is missing.
  public struct MissingResult: Equatable, Sendable {
    public var file: String
    public var size: Int64
    public var job: String
  }

  /// Copies the database as it is at one moment, whoever writes to it meanwhile, and the files of long results with it,
  /// into one new file.
  ///
  /// - Parameters:
  ///   - target: must not be there, and is incomplete until this returns.
  ///   - readResult: hands on the chunks of a result's file; nothing for one that is gone with its job.
  public func copy(
    to target: String, readResult: (_ file: String, _ chunk: ([UInt8]) throws(StoreError) -> Void) throws -> Void
  ) throws {
    let source = try open()
    defer { source.close() }
    // As long as it reads, nothing can restart it.
    try source.execute("BEGIN")
    _ = try source.prepare("SELECT count(*) FROM sqlite_schema").rows { $0.int64(0) }
    try copyPages(of: source, to: target)
    let copy = try Database(path: target)
    defer { copy.close() }
    try copy.execute("CREATE TABLE \(Self.resultsTable) (name TEXT, part INTEGER, data BLOB, PRIMARY KEY (name, part))")
    let insertion = try copy.prepare("INSERT INTO \(Self.resultsTable) VALUES (?, ?, ?)")
    let files = try copy.prepare("SELECT result_file, id FROM jobs WHERE result_file IS NOT NULL").rows { row in
      (name: row.text(0), id: row.text(1))
    }
    for (file, id) in files {
      guard ResultFileName.isLegal(file, of: id) else { throw illegalResult(of: id) }
      var part: Int64 = 0
      try readResult(file) { chunk throws(StoreError) in
        insertion.bind(1, file)
        insertion.bind(2, part)
        insertion.bind(3, chunk)
        try insertion.run()
        part += 1
      }
    }
    // Without a log, it is one file.
    try copy.execute("PRAGMA journal_mode = DELETE")
  }

  /// Takes the files of long results out of a backup.
  /// - Parameter write: is given each chunk with its file's name, the chunks of a file one after the other.
  public func takeOutResults(_ write: (_ file: String, [UInt8]) throws -> Void) throws {
    let database = try open()
    defer { database.close() }
    let names = try database.prepare("SELECT name FROM sqlite_schema WHERE name = '\(Self.resultsTable)'").rows {
      $0.text(0)
    }
    guard !names.isEmpty else { return }
    let rows = try database.prepare("SELECT name, part, data FROM \(Self.resultsTable) ORDER BY name, part")
    while try rows.step() {
      guard ResultFileName.isLegal(rows.text(0)) else { throw illegalResult(of: rows.text(0)) }
      try write(rows.text(0), rows.bytes(2))
    }
    rows.reset()
    try database.execute("DROP TABLE \(Self.resultsTable); PRAGMA journal_mode = DELETE")
  }

  /// Removes all logins, and what ties the database to its key.
  public func forgetTokens() throws(StoreError) {
    let database = try open()
    defer { database.close() }
    try database.execute(
      "DELETE FROM auth_tokens; DELETE FROM config WHERE key IN ('key_salt', 'key_check'); "
        + "PRAGMA journal_mode = DELETE")
  }

  /// Puts everything that was committed into the file itself, and lets go of it.
  public func settle() throws(StoreError) {
    let database = try open()
    database.close()
  }

  private func illegalResult(of id: String) -> StoreError {
    StoreError(
      .corrupt, "\(path): no daemon wrote this: the result of \(id.printable) is said to be in a file of another name.")
  }

  private func open(keepsLog: Bool = false) throws(StoreError) -> Database {
    let database = try Database(path: path, mustExist: true, keepsLog: keepsLog)
    database.setPatience(milliseconds: 10_000)
    return database
  }

  private func copyPages(of source: Database, to target: String) throws(StoreError) {
    try Database.createFile(target)
    var connection: OpaquePointer?
    defer { sqlite3_close(connection) }
    var result = sqlite3_open_v2(
      target, &connection, SQLITE_OPEN_READWRITE | SQLITE_OPEN_EXRESCODE, RelativeFiles.name(for: target))
    if result == SQLITE_OK { result = sqlite3_exec(connection, "PRAGMA synchronous = OFF", nil, nil, nil) }
    if result == SQLITE_OK, let backup = sqlite3_backup_init(connection, "main", source.connection, "main") {
      repeat { result = sqlite3_backup_step(backup, 1024) } while result == SQLITE_OK
      let end = sqlite3_backup_finish(backup)
      if result == SQLITE_DONE { result = end }
    } else if result == SQLITE_OK {
      result = sqlite3_errcode(connection)
    }
    guard result == SQLITE_OK else {
      throw StoreError(
        sqliteCode: result, detail: String(cString: sqlite3_errstr(result)),
        systemError: sqlite3_system_errno(connection), path: target)
    }
  }
}
