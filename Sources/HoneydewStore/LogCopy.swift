public import HoneydewCore

/// What copies the log of a store back into the database, for a process of its own: each call waits for the disk.
///
/// The store's own process goes on committing while `copy` runs, and commits nothing while `restart` and `recover` run.
public final class LogCopy {
  /// How long a short read of another program is waited for, and how long the owner's gate is closed for it at most.
  private static let patienceMilliseconds: Int32 = 50

  private let database: Database
  /// Reads the log as it was when it was last copied, and so keeps the store's own commits from restarting it: they
  /// would wait for the sync of its header.
  private let pin: Database
  private var isPinned = false

  /// - Parameter expected: the store's `fileNumber`.
  public init(path: String, expecting expected: UInt64) throws(StoreError) {
    database = try Database(path: path, expecting: expected, keepsLog: true)
    database.setPatience(milliseconds: Self.patienceMilliseconds)
    do throws(StoreError) {
      pin = try Database(path: path, expecting: expected, keepsLog: true)
    } catch {
      database.close()
      throw error
    }
  }

  public func close() {
    pin.close()
    database.close()
  }

  /// Copies what is in the log now.
  public func copy() -> LogCopyAnswer {
    answer { () throws(StoreError) in
      // At no moment is there nobody who reads.
      try database.execute(Self.beginReading)
      do throws(StoreError) {
        try letGo()
        try pin.execute(Self.beginReading)
        isPinned = true
      } catch {
        try database.execute("ROLLBACK")
        throw error
      }
      try database.execute("ROLLBACK")
      guard let (copied, total) = try database.checkpoint(.passive) else { return .held }
      return .copied(copied, of: total)
    }
  }

  /// Copies the rest, and restarts the log with a small commit of its own, so that the store's next one need not sync
  /// the header.
  ///
  /// - Parameter truncating: cuts the log's file first, which makes it grow again at the disk's expense.
  public func restart(truncating: Bool) -> LogCopyAnswer {
    answer { () throws(StoreError) in try restarted(truncating: truncating) }
  }

  private func restarted(truncating: Bool) throws(StoreError) -> LogCopyAnswer {
    try letGo()
    guard let (copied, total) = try database.checkpoint(truncating ? .truncate : .restart), copied == total else {
      return .held
    }
    try database.markLog()
    // Somebody may have begun to read in between, and then the log went on.
    return database.logFrames <= total || total < LogGate.littleFrames
      ? .restarted(frames: database.logFrames) : .held
  }

  /// Puts all that is in the log on the disk after the store was down, whatever the disk lost, and restarts the log.
  ///
  /// - Parameter checking: reads the whole database before, and writes nothing to one that is damaged.
  public func recover(checking: Bool) -> LogCopyAnswer {
    let answer = answer { () throws(StoreError) in
      if checking { try database.checkIntegrity() }
      try database.rewriteLog()
      return .restarted(frames: 0)
    }
    guard case .restarted = answer else { return answer }
    // On a disk that is too full for the copy the log goes on as it is: jobs are removed in it.
    return self.answer { () throws(StoreError) in
      do throws(StoreError) {
        return try restarted(truncating: false)
      } catch {
        guard error.code == .full else { throw error }
        return .held
      }
    }
  }

  private static let beginReading = "BEGIN; SELECT 1 FROM sqlite_schema LIMIT 1"

  private func letGo() throws(StoreError) {
    guard isPinned else { return }
    isPinned = false
    try pin.execute("ROLLBACK")
  }

  private func answer(_ body: () throws(StoreError) -> LogCopyAnswer) -> LogCopyAnswer {
    do throws(StoreError) {
      return try body()
    } catch {
      return Self.answer(for: error)
    }
  }

  /// What to answer where the copy could not be made, or not even begun.
  public static func answer(for error: StoreError) -> LogCopyAnswer {
    error.isOfDamage ? .damaged(error.message) : error.isOfSync ? .syncFailed(error.message) : .failed(error.message)
  }
}
