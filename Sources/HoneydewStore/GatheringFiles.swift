internal import CSQLite

/// SQLite's own access to files (https://sqlite.org/vfs.html), but that write-ahead logs are written through a
/// `LogGathering`.
enum GatheringFiles {
  typealias File = UnsafeMutablePointer<sqlite3_file>

  /// The name to open a database with.
  static let name: StaticString = {
    let name: StaticString = "gathering"
    let files = UnsafeMutablePointer<sqlite3_vfs>.allocate(capacity: 1)
    files.initialize(to: sqlite3_vfs_find(nil).pointee)
    files.pointee.zName = UnsafeRawPointer(name.utf8Start).assumingMemoryBound(to: CChar.self)
    files.pointee.szOsFile += Int32(MemoryLayout<OpenFile>.stride)
    files.pointee.xOpen = { _, path, file, flags, outFlags in
      let system = sqlite3_vfs_find(nil)!
      let result = system.pointee.xOpen(system, path, file, flags, outFlags)
      guard result == SQLITE_OK, let file else { return result }
      if flags & SQLITE_OPEN_MAIN_DB != 0 { OpenFile.beginDatabase(file) }
      if flags & SQLITE_OPEN_WAL != 0 { OpenFile.beginLog(file, of: sqlite3_database_file_object(path)) }
      return result
    }
    sqlite3_vfs_register(files, 0)
    return name
  }()

  /// What stands behind SQLite's own record of an open database or log.
  private struct OpenFile {
    let system: UnsafePointer<sqlite3_io_methods>
    /// The system's, and some of ours.
    var methods: sqlite3_io_methods
    /// A log's database; a database's log, while that is open.
    var partner: File?
    /// Of a log.
    var gathering = LogGathering()

    private static let systemSize = Int(sqlite3_vfs_find(nil).pointee.szOsFile)

    static func of(_ file: File?) -> UnsafeMutablePointer<OpenFile> {
      (UnsafeMutableRawPointer(file!) + systemSize).assumingMemoryBound(to: OpenFile.self)
    }

    private static func begin(_ file: File, partner: File?, _ change: (inout sqlite3_io_methods) -> Void) {
      let system = file.pointee.pMethods!
      var methods = system.pointee
      change(&methods)
      methods.xClose = { file in
        let open = OpenFile.of(file)
        if let partner = open.pointee.partner { OpenFile.of(partner).pointee.partner = nil }
        let system = open.pointee.system
        open.deinitialize(count: 1)
        return system.pointee.xClose(file)
      }
      of(file).initialize(to: OpenFile(system: system, methods: methods, partner: partner))
      file.pointee.pMethods = UnsafePointer(of(file).pointer(to: \.methods)!)
    }

    // MARK: Databases

    static func beginDatabase(_ file: File) {
      begin(file, partner: nil) { methods in
        methods.xShmLock = { file, slot, count, flags in
          let open = OpenFile.of(file)
          // What is held now was rolled back, and the log is the next writer's.
          if slot == OpenFile.writeLockSlot, flags & SQLITE_SHM_UNLOCK != 0, let log = open.pointee.partner {
            OpenFile.of(log).pointee.gathering.drop()
          }
          return open.pointee.system.pointee.xShmLock(file, slot, count, flags)
        }
      }
    }

    /// Whoever has it is the one who writes to the log (https://sqlite.org/walformat.html#wal_locks).
    private static let writeLockSlot: Int32 = 0

    // MARK: Logs

    static func beginLog(_ file: File, of database: File) {
      begin(file, partner: database) { methods in
        methods.xWrite = { OpenFile.write($0!, UnsafeRawBufferPointer(start: $1, count: Int($2)), at: $3) }
        methods.xRead = { file, bytes, count, place in OpenFile.flushed(file!) { $0.xRead(file, bytes, count, place) } }
        methods.xTruncate = { file, size in OpenFile.flushed(file!) { $0.xTruncate(file, size) } }
        methods.xSync = { file, flags in OpenFile.flushed(file!) { $0.xSync(file, flags) } }
        methods.xFileSize = { file, size in OpenFile.flushed(file!) { $0.xFileSize(file, size) } }
      }
      of(database).pointee.partner = file
    }

    private static func write(_ file: File, _ piece: UnsafeRawBufferPointer, at place: Int64) -> Int32 {
      let log = of(file)
      if !log.pointee.gathering.isNext(place) {
        let result = flush(file)
        guard result == SQLITE_OK else { return result }
      }
      return log.pointee.gathering.add(piece, at: place) ? flush(file) : SQLITE_OK
    }

    /// Writes what is held.
    private static func flush(_ file: File) -> Int32 {
      let log = of(file)
      guard !log.pointee.gathering.held.isEmpty else { return SQLITE_OK }
      let offset = log.pointee.gathering.offset
      let result = log.pointee.gathering.held.withUnsafeBytes {
        log.pointee.system.pointee.xWrite(file, $0.baseAddress, Int32($0.count), offset)
      }
      if result == SQLITE_OK { log.pointee.gathering.written() } else { log.pointee.gathering.drop() }
      return result
    }

    private static func flushed(_ file: File, _ body: (sqlite3_io_methods) -> Int32) -> Int32 {
      let result = flush(file)
      return result == SQLITE_OK ? body(of(file).pointee.system.pointee) : result
    }
  }
}
