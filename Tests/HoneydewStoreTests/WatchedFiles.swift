import CSQLite
import Glibc
import Synchronization

/// `SQLITE_IOERR_FSYNC`, a macro that Swift does not see.
let failedSync = SQLITE_IOERR | (4 << 8)

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

  /// What a disk was asked to do, in order.
  enum Order: Sendable {
    case write([UInt8], at: Int)
    case truncate(Int)
    case sync
    /// The kernel has tried, and takes what it could not write for written.
    case failedSync
    /// Of the test, which knows what was promised by then.
    case mark(Int)
  }

  /// Keeps what the files of a database are asked to do from now on.
  static func keepOrders(of database: String) {
    state.withLock { $0.orders[database] = [] }
  }

  static func orders(of database: String) -> [(path: String, order: Order)] {
    state.withLock { $0.orders[database] ?? [] }
  }

  static func mark(_ database: String, _ value: Int) {
    state.withLock { $0.keep(database, .mark(value)) }
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
    /// By the path of the database that the files belong to.
    var orders: [String: [(path: String, order: Order)]] = [:]

    mutating func keep(_ path: String, _ order: Order) {
      let database = path.hasSuffix("-wal") ? String(path.dropLast(4)) : path
      orders[database]?.append((path, order))
    }
  }

  private static func keep(_ file: UnsafeMutablePointer<sqlite3_file>, _ order: Order) {
    let address = UInt(bitPattern: file)
    state.withLock { if let path = $0.files[address]?.path { $0.keep(path, order) } }
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
        let result = failure ?? original.pointee.xSync(file, flags)
        WatchedFiles.keep(file!, result == SQLITE_OK ? .sync : .failedSync)
        return result
      }
      table.pointee.xTruncate = { file, size in
        let (original, _) = WatchedFiles.note(file!) { _ in nil }
        WatchedFiles.keep(file!, .truncate(Int(size)))
        return original.pointee.xTruncate(file, size)
      }
      table.pointee.xWrite = { file, bytes, count, offset in
        let (original, failure) = WatchedFiles.note(file!) { record in
          record.writes += 1
          if record.writes == record.fatalWrite { kill(getpid(), SIGKILL) }
          return record.writeFailure
        }
        if failure == nil {
          let bytes = [UInt8](UnsafeRawBufferPointer(start: bytes, count: Int(count)))
          WatchedFiles.keep(file!, .write(bytes, at: Int(offset)))
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
