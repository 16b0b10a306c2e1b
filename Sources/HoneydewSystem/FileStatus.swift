internal import CLinux
import Glibc

/// What `stat(2)` says about a file.
public struct FileStatus: Equatable, Sendable {
  public enum Kind: Equatable, Sendable { case file, directory, socket, pipe, characterDevice, other }

  public let kind: Kind
  public let size: Int64
  /// The permission bits.
  public let mode: UInt32
  public let uid: UInt32
  /// Device and number: files with the same are one. In the form of `JOURNAL_STREAM` (`systemd.exec(5)`).
  public let identity: String
  /// When content or status changed last, in nanoseconds since 1970.
  public let changed: Int64

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
    changed = Int64(status.st_ctim.tv_sec) * 1_000_000_000 + Int64(status.st_ctim.tv_nsec)
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

  /// The names of an open file; 0 when it was removed.
  ///
  /// Nothing else is asked: where a file's times were seen, its next change gets times of its own, which the file system
  /// has to write down ("multigrain timestamps"), and the next sync of any file waits for that.
  static func linkCount(of fileNumber: Int32) throws(Errno) -> UInt32 {
    var count: UInt32 = 0
    try systemCall("statx") { honeydew_link_count(fileNumber, &count) }
    return count
  }
}
