internal import CSQLite
public import Glibc
public import HoneydewCore
internal import HoneydewMigrations

/// The daemon's state on disk: one SQLite database.
///
/// Reads see what is committed. After an error other than that of a single write or row the store is down: memory and disk
/// may differ, every call throws that error again, and a new store has to be opened on the file.
///
/// A commit waits for no disk. `SyncPlan` decides when its log is synced, by a `Syncer` that is given `logFileNumber` or
/// by `sync()`; `LogGate` decides when the log is copied back, by a `LogCopy` in another process. Without that the log
/// grows without an end.
public final class Store {
  let database: Database
  /// The daemon's own user: what it has submitted has no uid in its row.
  let owner: UInt32
  let writes: WriteStatements
  let reads: ReadStatements
  var queries: [JobQuery: Statement] = [:]
  private var failure: StoreError?

  /// Whether the last `commit` or `vacuum` has written anything to the log.
  public internal(set) var hasLogged = false

  /// Opens the database, or creates it with mode 0600, and brings its schema up to date.
  ///
  /// - Parameters:
  ///   - owner: the daemon's own user.
  ///   - expected: the `fileNumber` of a store that was open before: a file that is missing, empty or another
  ///     one is an error then. To a daemon that runs, a new database would mean that its jobs are gone, when perhaps only
  ///     a disk is not mounted.
  /// - Throws: `corrupt`, `newerSchema` or `changedMigration` when the file is not ours to use; it is left as it is.
  public convenience init(
    path: String, now: Timestamp, owner: UInt32 = geteuid(), expecting expected: UInt64? = nil,
    whileMigrating tick: @escaping () -> Void = {}
  ) throws(StoreError) {
    try self.init(
      path: path, now: now, owner: owner, expecting: expected,
      migrator: .known,
      whileMigrating: tick)
  }

  /// Promises that this process uses stores on one thread only, so that SQLite need not lock anything. Before the first.
  public static func useOneThread() {
    let result = honeydew_sqlite_use_one_thread()
    precondition(result == SQLITE_OK, "SQLite is in use already")
  }

  public var path: String { database.path }

  /// Tells the file from another one of its name.
  public var fileNumber: UInt64 { database.fileNumber }

  init(
    path: String, now: Timestamp, owner: UInt32 = geteuid(), expecting expected: UInt64? = nil, migrator: Migrator,
    whileMigrating tick: @escaping () -> Void = {}
  ) throws(StoreError) {
    self.owner = owner
    database = try Database(path: path, expecting: expected, keepsLog: true)
    do throws(StoreError) {
      try database.ticking(tick) { [database] () throws(StoreError) in try migrator.migrate(database, now: now) }
      writes = try WriteStatements(database, owner: owner)
      reads = try ReadStatements(database)
    } catch {
      database.close()
      throw error
    }
  }

  /// Commits the writes as one transaction, in order. They survive the death of the process, and a loss of power when the
  /// log is synced afterwards.
  ///
  /// A write that breaks a constraint, or whose row is not what it expects, fails alone, is undone, and is returned under
  /// its index; the others are committed.
  ///
  /// - Throws: any other error, after which nothing of the transaction may be relied on and the store is down.
  public func commit(_ writes: [StoreWrite]) throws(StoreError) -> [Int: StoreError] {
    try guarded { () throws(StoreError) in
      var rejected: [Int: StoreError] = [:]
      hasLogged = false
      guard !writes.isEmpty else { return rejected }
      hasLogged = try database.transaction { () throws(StoreError) in
        for (index, write) in writes.enumerated() {
          do throws(StoreError) {
            try self.writes.run(write, in: database)
          } catch {
            guard error.code == .constraint else { throw error }
            rejected[index] = error
          }
        }
      }
      return rejected
    }
  }

  // MARK: the log

  /// Frames in the log as of the last commit, each a page and 24 bytes.
  public var logFrames: Int { database.logFrames }

  /// A descriptor of the log for the syncer, valid until the store closes; who goes on with it longer duplicates it.
  public func logFileNumber() throws(StoreError) -> Int32 {
    try guarded { () throws(StoreError) in try database.logFileNumber }
  }

  /// Makes every commit so far survive a loss of power, and waits for the disk.
  public func sync() throws(StoreError) {
    try guarded(database.syncLog)
  }

  /// Refuses to go on with files that were moved away or removed: nobody would ever read them again. Cheap; for turns
  /// that tell a client something, before their sync.
  public func checkPlace() throws(StoreError) {
    try guarded(database.checkPlace)
  }

  /// Puts all that a predecessor has left in the log on the disk, begins one where there is none, and proves that the disk
  /// takes writes. Waits for the disk: for the start, when there is no loop yet. Later `LogCopy.recover` does this.
  public func adoptLog() throws(StoreError) {
    try guarded { () throws(StoreError) in
      try database.rewriteLog()
      try database.markLog()
      try database.syncLog()
    }
  }

  /// Closes the file, and leaves the log beside it. Every later call throws.
  public func close() {
    if failure == nil {
      failure = StoreError(.other, "\(database.path): the database is closed.")
    }
    database.close()
  }

  /// Refuses work while the store is down, and takes it down on an error.
  func guarded<Value>(_ body: () throws(StoreError) -> Value) throws(StoreError) -> Value {
    if let failure { throw failure }
    do throws(StoreError) {
      return try body()
    } catch {
      failure = error
      database.close()
      throw error
    }
  }

  /// Runs a read. A row that cannot be read fails alone.
  func reading<Value>(_ body: () throws(StoreError) -> Value) throws(StoreError) -> Value {
    if let failure { throw failure }
    do throws(StoreError) {
      return try body()
    } catch {
      guard error.isOfOneRow else { return try guarded { () throws(StoreError) in throw error } }
      throw error
    }
  }
}
