import CSQLite
import Glibc
import Synchronization

/// A SQLite VFS, made the default of the test process, that counts what each file is asked to do and can refuse it.
///
/// It hands every call on to the operating system's VFS: it opens files through that one and replaces two entries in
/// the table of the file's methods.
enum WatchedFiles {
  struct Record: Sendable {
    var syncs = 0
    var writes = 0
    /// Answered instead of the next sync.
    var syncFailure: Int32?
    /// Answered instead of each write.
    var writeFailure: Int32?
    /// The write before which the process is killed.
    var fatalWrite: Int?
  }

  static func record(_ path: String) -> Record {
    state.withLock { $0.records[path, default: Record()] }
  }

  static func change(_ path: String, _ body: @Sendable (inout Record) -> Void) {
    state.withLock { body(&$0.records[path, default: Record()]) }
  }

  /// Makes the VFS the default one, once.
  static let install: Void = {
    let vfs = UnsafeMutablePointer<sqlite3_vfs>.allocate(capacity: 1)
    vfs.initialize(to: base.pointee)
    vfs.pointee.zName = UnsafePointer(strdup("watched"))
    vfs.pointee.xOpen = { _, name, file, flags, outFlags in
      let result = base.pointee.xOpen(base, name, file, flags, outFlags)
      if result == SQLITE_OK, let file, let name, let methods = file.pointee.pMethods {
        file.pointee.pMethods = watch(methods)
        let opened = (String(cString: name), UInt(bitPattern: methods))
        state.withLock { $0.files[UInt(bitPattern: file)] = opened }
      }
      return result
    }
    sqlite3_vfs_register(vfs, 1)
  }()

  private struct State {
    var records: [String: Record] = [:]
    /// Open files by their address: the path, and the operating system's table of methods.
    var files: [UInt: (path: String, methods: UInt)] = [:]
    /// Our tables of methods by theirs.
    var watched: [UInt: UInt] = [:]
  }

  private static let state = Mutex(State())
  nonisolated(unsafe) private static let base = sqlite3_vfs_find(nil)!

  private static func watch(_ methods: UnsafePointer<sqlite3_io_methods>) -> UnsafePointer<sqlite3_io_methods> {
    let key = UInt(bitPattern: methods)
    let address = state.withLock { state in
      if let known = state.watched[key] { return known }
      let table = UnsafeMutablePointer<sqlite3_io_methods>.allocate(capacity: 1)
      table.initialize(to: UnsafePointer(bitPattern: key)!.pointee)
      table.pointee.xSync = { file, flags in
        let (original, failure) = WatchedFiles.note(file!) { record in
          record.syncs += 1
          defer { record.syncFailure = nil }
          return record.syncFailure
        }
        return failure ?? original.pointee.xSync(file, flags)
      }
      table.pointee.xWrite = { file, bytes, count, offset in
        let (original, failure) = WatchedFiles.note(file!) { record in
          record.writes += 1
          if record.writes == record.fatalWrite { kill(getpid(), SIGKILL) }
          return record.writeFailure
        }
        return failure ?? original.pointee.xWrite(file, bytes, count, offset)
      }
      state.watched[key] = UInt(bitPattern: table)
      return UInt(bitPattern: table)
    }
    return UnsafePointer(bitPattern: address)!
  }

  private static func note(
    _ file: UnsafeMutablePointer<sqlite3_file>, _ body: @Sendable (inout Record) -> Int32?
  ) -> (original: UnsafePointer<sqlite3_io_methods>, failure: Int32?) {
    let address = UInt(bitPattern: file)
    let (methods, failure) = state.withLock { state in
      let opened = state.files[address]!
      return (opened.methods, body(&state.records[opened.path, default: Record()]))
    }
    return (UnsafePointer(bitPattern: methods)!, failure)
  }
}
