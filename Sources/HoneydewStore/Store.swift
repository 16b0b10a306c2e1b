internal import CSQLite
public import HoneydewCore
internal import HoneydewMigrations

/// The daemon's state on disk: one SQLite database.
///
/// Reads see what is committed. After an error other than a broken constraint of a single write the store is down: memory
/// and disk may differ, every call throws that error again, and a new store has to be opened on the file.
public final class Store {
  let database: Database
  let writes: WriteStatements
  let reads: ReadStatements
  var queries: [JobQuery: Statement] = [:]
  private var failure: StoreError?

  /// Whether a loss of power could take back what a `commit` without durability has written.
  public private(set) var hasUnsyncedCommits: Bool

  /// Opens the database, or creates it with mode 0600, and brings its schema up to date.
  ///
  /// - Parameter expected: the `fileNumber` of a store that was open before: a file that is missing, empty or another
  ///   one is an error then. To a daemon that runs, a new database would mean that its jobs are gone, when perhaps only
  ///   a disk is not mounted.
  /// - Throws: `corrupt`, `newerSchema` or `changedMigration` when the file is not ours to use; it is left as it is.
  public convenience init(
    path: String, now: Timestamp, expecting expected: UInt64? = nil, whileMigrating tick: @escaping () -> Void = {}
  ) throws(StoreError) {
    try self.init(
      path: path, now: now, expecting: expected,
      migrator: .known,
      whileMigrating: tick)
  }

  /// Promises that this process uses stores on one thread only, so that SQLite need not lock anything. Before the first.
  public static func useOneThread() {
    let result = honeydew_sqlite_use_one_thread()
    precondition(result == SQLITE_OK, "SQLite is in use already")
  }

  /// Tells the file from another one of its name.
  public var fileNumber: UInt64 { database.fileNumber }

  init(
    path: String, now: Timestamp, expecting expected: UInt64? = nil, migrator: Migrator,
    whileMigrating tick: @escaping () -> Void = {}
  ) throws(StoreError) {
    database = try Database(path: path, expecting: expected)
    do throws(StoreError) {
      try database.ticking(tick) { [database] () throws(StoreError) in try migrator.migrate(database, now: now) }
      writes = try WriteStatements(database)
      reads = try ReadStatements(database)
    } catch {
      database.close()
      throw error
    }
    // A predecessor that was killed may have left commits that no power loss would spare, and clients will see them.
    hasUnsyncedCommits = true
  }

  /// Commits the writes as one transaction, in order.
  ///
  /// A write that breaks a constraint fails alone, is undone, and is returned under its index; the others are committed.
  ///
  /// - Parameter durable: whether the writes, and all commits before them, survive a loss of power when this returns.
  ///   Otherwise they survive the death of the process.
  /// - Throws: any other error, after which nothing of the transaction may be relied on and the store is down.
  public func commit(_ writes: [StoreWrite], durable: Bool) throws(StoreError) -> [Int: StoreError] {
    try guarded { () throws(StoreError) in
      var rejected: [Int: StoreError] = [:]
      if !writes.isEmpty {
        let hasLogged = try database.transaction(durable ? .full : .normal) { () throws(StoreError) in
          for (index, write) in writes.enumerated() {
            do throws(StoreError) {
              try self.writes.run(write, in: database)
            } catch {
              guard error.code == .constraint else { throw error }
              rejected[index] = error
            }
          }
        }
        if hasLogged { hasUnsyncedCommits = !durable }
      }
      if durable { try syncIfNeeded() }
      return rejected
    }
  }

  /// Proves, after the store was down, that the disk takes writes again, and puts all that was committed on it.
  public func recover(now: Timestamp) throws(StoreError) {
    try guarded(database.emptyLog)
    _ = try commit([.setConfig(key: "store_recovered_at", value: now.description)], durable: true)
  }

  /// Makes every commit so far survive a loss of power. Does nothing when they already do.
  public func sync() throws(StoreError) {
    try guarded(syncIfNeeded)
  }

  private func syncIfNeeded() throws(StoreError) {
    guard hasUnsyncedCommits else { return }
    try database.syncLog()
    hasUnsyncedCommits = false
  }

  /// Closes the file. Every later call throws.
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

  /// Runs a read, which leaves the store as it was even when it fails.
  func reading<Value>(_ body: () throws(StoreError) -> Value) throws(StoreError) -> Value {
    if let failure { throw failure }
    return try body()
  }
}
