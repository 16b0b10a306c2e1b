/// Upkeep in steps, for the idle moments of a loop that must not be held up.
extension Store {
  /// Copies the write-ahead log back into the database, and empties it when nobody reads from it.
  ///
  /// A commit that leaves 4 MiB in the log does this too, except for the emptying, so that the log stays near that size
  /// unless another program reads for long. Costs a write of every page that is in the log, a sync of each of the two
  /// files, and one more sync in the next durable commit, which begins the log anew. It does not wait for other programs:
  /// what they still read stays in the log.
  ///
  /// - Returns: the size of the log's file in bytes.
  /// - Throws: when a sync failed, and the store is down. After other failures, such as a full disk, the log stays as
  ///   it was.
  public func checkpoint() throws(StoreError) -> Int64 {
    try guarded { () throws(StoreError) in try database.checkpoint() }
  }

  /// Gives free pages (4 KiB each), which removed jobs leave behind, back to the file system. The file becomes shorter
  /// with the next checkpoint.
  ///
  /// Costs a read and a write of at most one page per free page, and of the pages that refer to it, in a transaction of
  /// its own without a sync. New jobs would use the pages again: it is worthwhile only for many.
  ///
  /// - Parameter pages: at most so many are given back, at least 1.
  /// - Returns: how many free pages are left.
  public func vacuum(pages: Int) throws(StoreError) -> Int {
    precondition(pages > 0, "a step of the vacuum has a bound")
    return try guarded { () throws(StoreError) in
      if try freePages > 0 {
        // A loss of power may take it back: nobody would miss it.
        _ = try database.transaction(.normal) { () throws(StoreError) in
          try database.execute("PRAGMA incremental_vacuum(\(pages))")
        }
      }
      return try freePages
    }
  }

  private var freePages: Int {
    get throws(StoreError) { try reads.freePages.rows { Int($0.int64(0)) }[0] }
  }
}
