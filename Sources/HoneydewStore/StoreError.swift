internal import CSQLite
internal import Glibc

/// Why the database could not do what it was asked.
public struct StoreError: Error, Equatable, Sendable, CustomStringConvertible {
  public enum Code: Sendable {
    /// A write broke a rule of the schema; only that write failed.
    case constraint
    case full, readOnly, io, locked
    /// The file is no readable database. It was left as it is.
    case corrupt
    /// The database was written by a newer version of Honeydew.
    case newerSchema
    /// A migration differs from the one that was applied to the database.
    case changedMigration
    case other
  }

  public let code: Code
  /// What happened, to which file, and what to do about it.
  public let message: String
  /// SQLite's extended result code, or 0 when SQLite reported nothing.
  public let sqliteCode: Int32

  public var description: String { message }

  /// Whether SQLite has met a page that is not what it must be: nothing more may be written to the file.
  public var isOfDamage: Bool { [SQLITE_CORRUPT, SQLITE_NOTADB].contains(sqliteCode & 0xFF) && !isOfOneRow }

  /// Whether only one row cannot be read, which no daemon wrote so.
  public let isOfOneRow: Bool

  /// `SQLITE_IOERR_FSYNC`, a macro that Swift does not see: what it was for may be lost though a later sync succeeds.
  var isOfSync: Bool { sqliteCode == SQLITE_IOERR | (4 << 8) }

  /// A sync failed, by whomever: what was committed may not be on the disk.
  public init(syncing path: String, _ cause: String) {
    self.init(
      .io, "\(path): the log could not be synced (\(cause)). What was committed before is safe; check the disk.")
  }

  /// A page is not what it must be, whoever has met it, as this text says.
  public init(damage text: String) {
    self.init(.corrupt, text, sqliteCode: SQLITE_CORRUPT)
  }

  init(_ code: Code, _ message: String, sqliteCode: Int32 = 0, isOfOneRow: Bool = false) {
    self.isOfOneRow = isOfOneRow
    self.code = code
    self.message = message
    self.sqliteCode = sqliteCode
  }

  /// The file was made by something else.
  static func foreign(_ path: String) -> StoreError {
    StoreError(
      .corrupt,
      "\(path): this is the database of another program. It was left as it is: set storage.database_path to a file of "
        + "Honeydew's own.")
  }

  /// - Parameter problems: what a check of the whole file has found.
  static func damaged(_ path: String, _ problems: [String]) -> StoreError {
    StoreError(
      damage:
        "\(path): the database is damaged (\(problems.joined(separator: "; ").replacing("\n", with: "; "))). Nothing more is "
        + "written to it: stop the daemon, and restore a backup with honeydew restore.")
  }

  /// - Parameters:
  ///   - detail: SQLite's own text.
  ///   - systemError: the `errno` behind the result, or 0.
  init(sqliteCode: Int32, detail: String, systemError: Int32, path: String, isOfOneRow: Bool = false) {
    let code = Self.code(sqliteCode: sqliteCode, systemError: systemError)
    let cause = systemError == 0 ? detail : "\(detail): \(String(cString: strerror(systemError)))"
    let text =
      switch code {
      case .constraint:
        "\(path): \(cause)"
      case .full:
        "\(path): the disk is full. Free some space on it; what was committed is safe."
      case .readOnly:
        "\(path): the database cannot be written (\(cause)). Check the permissions of the file, its directory and "
          + "the file system."
      case .io:
        "\(path): the database cannot be read or written (\(cause)). Check the path, its permissions and the disk."
      case .locked:
        "\(path): another process holds the database's lock. Close the programs that use it (fuser names them)."
      case .corrupt:
        "\(path): this is no readable database (\(cause)). It was left as it is: move it away and restore a backup."
      case .newerSchema, .changedMigration, .other:
        "\(path): the database refused (\(cause))."
      }
    self.init(code, text, sqliteCode: sqliteCode, isOfOneRow: isOfOneRow)
  }

  /// The meaning of SQLite's result codes: https://www.sqlite.org/rescode.html
  private static func code(sqliteCode: Int32, systemError: Int32) -> Code {
    switch sqliteCode & 0xFF {
    case SQLITE_CONSTRAINT: .constraint
    case SQLITE_FULL: .full
    case SQLITE_READONLY: .readOnly
    case SQLITE_IOERR, SQLITE_CANTOPEN, SQLITE_PERM:
      switch systemError {
      case ENOSPC, EDQUOT: .full
      case EROFS: .readOnly
      default: .io
      }
    case SQLITE_BUSY, SQLITE_LOCKED, SQLITE_PROTOCOL: .locked
    case SQLITE_CORRUPT, SQLITE_NOTADB: .corrupt
    default: .other
    }
  }
}
