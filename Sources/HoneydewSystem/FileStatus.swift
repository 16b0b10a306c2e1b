import Glibc

/// What `stat(2)` tells of a file.
public struct FileStatus: Equatable, Sendable {
  public enum Kind: Equatable, Sendable { case file, directory, socket, pipe, characterDevice, other }

  public let kind: Kind
  public let size: Int64
  /// The permission bits.
  public let mode: UInt32
  public let uid: UInt32
  /// Names of the file; 0 when it was removed and somebody still has it open.
  public let links: Int
  /// Device and number: files with the same are one. In the form of `JOURNAL_STREAM` (`systemd.exec(5)`).
  public let identity: String

  init(_ status: stat) {
    kind =
      switch status.st_mode & S_IFMT {
      case S_IFREG: .file
      case S_IFDIR: .directory
      case S_IFSOCK: .socket
      case S_IFIFO: .pipe
      case S_IFCHR: .characterDevice
      default: .other
      }
    size = Int64(status.st_size)
    mode = status.st_mode & 0o7777
    uid = status.st_uid
    links = Int(status.st_nlink)
    identity = "\(status.st_dev):\(status.st_ino)"
  }
}

extension Files {
  /// The status of the file at a path, symbolic links followed; nil when there is none.
  public static func status(_ path: String) throws(Errno) -> FileStatus? {
    let path = try checked(path, call: "stat")
    var status = stat()
    do {
      try systemCall("stat", detail: path) { stat(path, &status) }
    } catch {
      guard error.number == ENOENT else { throw error }
      return nil
    }
    return FileStatus(status)
  }

  /// The status of an open file.
  public static func status(of fileNumber: Int32) throws(Errno) -> FileStatus {
    var status = stat()
    try systemCall("fstat") { fstat(fileNumber, &status) }
    return FileStatus(status)
  }
}
