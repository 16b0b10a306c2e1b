internal import CSQLite
internal import Glibc

/// The write-ahead log as a file: synced, copied back, restarted, and written again.
extension Database {
  /// What is read and written at once when the log is written again.
  private static let chunkLength = 64 << 10
  /// What a copy of the log leaves of the room on the disk.
  private static let roomLeft: Int64 = 64 << 10
  /// What a log begins with; the last bit is the order of bytes (https://sqlite.org/fileformat2.html#the_write_ahead_log).
  private static let logMagic: UInt32 = 0x377F_0682
  /// Of every database of ours.
  private static let pageLength: Int64 = 4096

  /// SQLite's own open file.
  private var log: UnsafeMutablePointer<sqlite3_file>? {
    get throws(StoreError) {
      var log: UnsafeMutablePointer<sqlite3_file>?
      let result = sqlite3_file_control(connection, nil, SQLITE_FCNTL_JOURNAL_POINTER, &log)
      guard result == SQLITE_OK else { throw error(result) }
      return log
    }
  }

  /// A descriptor of the log for who syncs it, valid until this connection closes.
  var logFileNumber: Int32 {
    get throws(StoreError) {
      guard let number = GatheringFiles.fileNumber(of: try log) else {
        throw StoreError(.io, "\(path): the database's log is not open.")
      }
      return number
    }
  }

  /// Syncs the log, and with it every commit so far.
  func syncLog() throws(StoreError) {
    guard let log = try log, let methods = log.pointee.pMethods else { return }
    let synced = methods.pointee.xSync(log, SQLITE_SYNC_NORMAL)
    guard synced == SQLITE_OK else { throw logError(synced, "syncing the log failed") }
  }

  /// Where somebody has emptied the log (`: > FILE`), SQLite goes on behind the hole, and no other connection would ever find
  /// what it writes there. To be called after a commit, which leaves the log with its header whoever else restarts it.
  func checkLogBegins() throws(StoreError) {
    var magic: UInt32 = 0
    // One that another program cuts, after it has copied it back, is empty until the next commit.
    guard pread(try logFileNumber, &magic, 4, 0) == 4, UInt32(bigEndian: magic) & ~1 != Self.logMagic else { return }
    throw StoreError(
      .corrupt,
      "\(path)-wal: the database's log was emptied while in use, and what it held since it was last copied back is lost: the "
        + "latest jobs may be missing. Look through them, or restore a backup.", sqliteCode: SQLITE_CORRUPT)
  }

  /// Commits something small of no other use: it restarts the log where that may be, with the sync of its header, and
  /// shows that the disk takes writes.
  func markLog() throws(StoreError) {
    _ = try transaction { () throws(StoreError) in
      // What would be as it was would not be written.
      try execute(
        """
        INSERT INTO config (key, value) VALUES ('log_mark', hex(randomblob(8)))
        ON CONFLICT (key) DO UPDATE SET value = excluded.value
        """)
    }
  }

  enum Checkpoint {
    /// Copies beside writers, as far as nobody reads older pages.
    case passive
    /// Copies everything while nobody may write, so that the next commit restarts the log.
    case restart
    /// The same, and cuts the file.
    case truncate
  }

  /// Copies the log back into the database. What a sync failed for stays in the log, to be copied once more.
  ///
  /// - Returns: how many frames of the log are in the database now, of how many; nil when others are in the way.
  /// - Throws: `full`, and nothing is copied, where the disk has no room for what the copy would add to the file.
  func checkpoint(_ kind: Checkpoint) throws(StoreError) -> (copied: Int, total: Int)? {
    try requireRoomForCopy()
    var (total, copied): (Int32, Int32) = (0, 0)
    let mode =
      switch kind {
      case .passive: SQLITE_CHECKPOINT_PASSIVE
      case .restart: SQLITE_CHECKPOINT_RESTART
      case .truncate: SQLITE_CHECKPOINT_TRUNCATE
      }
    let result = sqlite3_wal_checkpoint_v2(connection, nil, mode, &total, &copied)
    if result & 0xFF == SQLITE_BUSY { return nil }
    guard result == SQLITE_OK else { throw error(result) }
    return (Int(copied), Int(total))
  }

  /// A copy that fills the disk and fails would take the last room from who removes jobs.
  private func requireRoomForCopy() throws(StoreError) {
    var (file, disk) = (stat(), statvfs())
    guard stat(path, &file) == 0, statvfs(path, &disk) == 0 else { return }
    let growth = try pageCount * Self.pageLength - Int64(file.st_size)
    let free = Int64(clamping: UInt64(disk.f_bavail) * UInt64(disk.f_frsize))
    guard growth > 0, growth > free - Self.roomLeft else { return }
    throw StoreError(sqliteCode: SQLITE_FULL, detail: "the copy of the log has no room", systemError: 0, path: path)
  }

  /// Writes every byte of the log once more and syncs it, while nobody else writes.
  ///
  /// After a failed sync the kernel may take pages for clean that never reached the disk, and later syncs then pass over
  /// them (https://lwn.net/Articles/752063/). A checkpoint may not begin before they are there: a loss of power during it
  /// would leave pages in the database whose transactions the log no longer completes.
  func rewriteLog() throws(StoreError) {
    try execute("BEGIN IMMEDIATE")
    defer { sqlite3_exec(connection, "ROLLBACK", nil, nil, nil) }
    guard let log = try log, let methods = log.pointee.pMethods?.pointee else { return }
    try forEachLogChunk { chunk, place throws(StoreError) in
      let result = methods.xWrite(log, chunk.baseAddress, Int32(chunk.count), place)
      guard result == SQLITE_OK else { throw logError(result, "the log cannot be written again") }
    }
    try syncLog()
  }

  /// Writes what the log holds to a new file of its name, which somebody has removed: with the last connection that has
  /// it open it would be gone.
  func putLogBack(at path: String) throws(StoreError) {
    let descriptor = Glibc.open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw logError(SQLITE_CANTOPEN, "the log was removed, and there can be no other") }
    defer { Glibc.close(descriptor) }
    try forEachLogChunk { chunk, place throws(StoreError) in
      guard pwrite(descriptor, chunk.baseAddress, chunk.count, off_t(place)) == chunk.count else {
        throw logError(SQLITE_IOERR, "the log was removed, and cannot be written again")
      }
    }
    guard fsync(descriptor) == 0 else {
      throw logError(SQLITE_IOERR, "the log was removed, and cannot be written again")
    }
  }

  private func forEachLogChunk(
    _ body: (UnsafeRawBufferPointer, _ place: Int64) throws(StoreError) -> Void
  ) throws(StoreError) {
    guard let log = try log, let methods = log.pointee.pMethods?.pointee else { return }
    var size: Int64 = 0
    var result = methods.xFileSize(log, &size)
    let chunk = UnsafeMutableRawBufferPointer.allocate(byteCount: Self.chunkLength, alignment: 16)
    defer { chunk.deallocate() }
    var place: Int64 = 0
    while result == SQLITE_OK, place < size {
      let count = Int(min(Int64(chunk.count), size - place))
      result = methods.xRead(log, chunk.baseAddress, Int32(count), place)
      if result == SQLITE_OK { try body(UnsafeRawBufferPointer(rebasing: chunk[..<count]), place) }
      place += Int64(count)
    }
    guard result == SQLITE_OK else { throw logError(result, "the log cannot be read") }
  }

  private func logError(_ result: Int32, _ detail: String) -> StoreError {
    StoreError(sqliteCode: result, detail: detail, systemError: errno, path: path)
  }
}
