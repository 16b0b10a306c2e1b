internal import CSQLite
internal import Glibc

/// SQLite's own access to files (https://sqlite.org/vfs.html), but that write-ahead logs are written through a
/// `LogGathering`.
///
/// This is for connections with `PRAGMA cache_spill = OFF` alone: they write frames in the course of a commit, one after
/// the other, and read nothing of the log meanwhile. Frames of a transaction that may yet be rolled back would be held
/// beyond its end, and written over another process's commit.
enum GatheringFiles {
  private typealias File = UnsafeMutablePointer<sqlite3_file>

  /// The name to open a database with.
  static let name: StaticString = {
    let name: StaticString = "gathering"
    let files = UnsafeMutablePointer<sqlite3_vfs>.allocate(capacity: 1)
    files.initialize(to: sqlite3_vfs_find(nil).pointee)
    files.pointee.zName = UnsafeRawPointer(name.utf8Start).assumingMemoryBound(to: CChar.self)
    files.pointee.szOsFile += Int32(MemoryLayout<OpenLog>.stride)
    files.pointee.xOpen = { _, path, file, flags, outFlags in
      let system = sqlite3_vfs_find(nil)!
      let result = system.pointee.xOpen(system, path, file, flags, outFlags)
      guard result == SQLITE_OK, flags & SQLITE_OPEN_WAL != 0, let file, let path else { return result }
      return OpenLog.begin(file, path) ? SQLITE_OK : SQLITE_CANTOPEN
    }
    sqlite3_vfs_register(files, 0)
    return name
  }()

  /// A descriptor of an open log for who syncs it, valid as long as SQLite has the log open.
  static func fileNumber(of log: UnsafeMutablePointer<sqlite3_file>?) -> Int32? {
    guard let log, log.pointee.pMethods != nil else { return nil }
    return OpenLog.of(log).pointee.descriptor
  }

  /// What stands behind SQLite's own record of an open log.
  private struct OpenLog {
    let system: UnsafePointer<sqlite3_io_methods>
    /// The system's, and three of ours.
    var methods: sqlite3_io_methods
    var gathering = LogGathering()
    /// Our own, of the same file: SQLite does not tell its number. (SQLite's locks are on the other files, so that closing
    /// this one drops none.)
    let descriptor: Int32

    private static let systemSize = Int(sqlite3_vfs_find(nil).pointee.szOsFile)

    static func of(_ file: File?) -> UnsafeMutablePointer<OpenLog> {
      (UnsafeMutableRawPointer(file!) + systemSize).assumingMemoryBound(to: OpenLog.self)
    }

    /// - Returns: false, and the file is closed, when there is no further descriptor.
    static func begin(_ file: File, _ path: UnsafePointer<CChar>) -> Bool {
      let system = file.pointee.pMethods!
      let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
      guard descriptor >= 0 else {
        _ = system.pointee.xClose(file)
        file.pointee.pMethods = nil
        return false
      }
      var methods = system.pointee
      methods.xWrite = { OpenLog.write($0!, UnsafeRawBufferPointer(start: $1, count: Int($2)), at: $3) }
      methods.xSync = { file, flags in
        let result = OpenLog.flush(file!)
        return result == SQLITE_OK ? OpenLog.of(file).pointee.system.pointee.xSync(file, flags) : result
      }
      methods.xClose = { file in
        let system = OpenLog.of(file).pointee.system
        close(OpenLog.of(file).pointee.descriptor)
        OpenLog.of(file).deinitialize(count: 1)
        return system.pointee.xClose(file)
      }
      of(file).initialize(to: OpenLog(system: system, methods: methods, descriptor: descriptor))
      file.pointee.pMethods = UnsafePointer(of(file).pointer(to: \.methods)!)
      return true
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
      defer { log.pointee.gathering.clear() }
      let offset = log.pointee.gathering.offset
      return log.pointee.gathering.held.withUnsafeBytes {
        log.pointee.system.pointee.xWrite(file, $0.baseAddress, Int32($0.count), offset)
      }
    }
  }
}
