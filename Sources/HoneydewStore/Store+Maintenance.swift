/// Upkeep in steps, for the idle moments of a loop that must not be held up.
extension Store {
  /// Gives free pages (4 KiB each), which removed jobs leave behind, back to the file system. The file becomes shorter
  /// when the log is next copied back.
  ///
  /// Costs a read and a write of at most one page per free page, and of the pages that refer to it, in a transaction of
  /// its own without a sync. New jobs would use the pages again: it is worthwhile only for many.
  ///
  /// - Parameter pages: at most so many are given back, at least 1.
  /// - Returns: how many free pages are left.
  public func vacuum(pages: Int) throws(StoreError) -> Int {
    precondition(pages > 0, "a step of the vacuum has a bound")
    return try guarded { () throws(StoreError) in
      hasLogged = false
      if try freePages > 0 {
        hasLogged = try database.transaction { () throws(StoreError) in
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
