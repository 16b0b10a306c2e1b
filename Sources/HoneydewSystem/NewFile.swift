internal import CLinux
import Glibc

/// A file that is made in a directory of its own, of a random name beside its future place, and moved there when it is
/// whole. Whoever the place's directory belongs to cannot get at it, or put another file in its place meanwhile, and no
/// file that is there is ever replaced.
public struct NewFile: ~Copyable {
  /// What the file is called while it is made: relative to the working directory, which is then its own one.
  public static let workingName = "backup.db"

  private let path: String
  private let name: String
  private let parent: FileDescriptor
  private let own: FileDescriptor
  private let ownName: String

  /// Makes the directory, and makes it the working directory.
  /// - Throws: `EEXIST` when something has the place.
  public init(_ path: String) throws(Errno) {
    let slash = path.lastIndex(of: "/")
    let directory = slash.map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
    let name = slash.map { String(path[path.index(after: $0)...]) } ?? path
    let parent = try Files.open(directory, flags: O_RDONLY | O_DIRECTORY)
    var status = stat()
    guard fstatat(parent.fileNumber, name, &status, AT_SYMLINK_NOFOLLOW) != 0 else {
      throw Errno(EEXIST, call: "create", detail: path)
    }
    let ownName = ".honeydew-\(String(UInt64.random(in: .min ... .max), radix: 36))"
    try systemCall("mkdir", detail: directory) { mkdirat(parent.fileNumber, ownName, 0o700) }
    let own = FileDescriptor(
      owning: try systemCall("open", detail: "\(directory)/\(ownName)") {
        honeydew_open_at(parent.fileNumber, ownName, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0)
      })
    try systemCall("fstat") { fstat(own.fileNumber, &status) }
    guard status.st_uid == geteuid(), status.st_mode & 0o7777 == 0o700 else {
      throw Errno(EPERM, call: "mkdir", detail: "\(directory)/\(ownName) was replaced by another user")
    }
    try systemCall("fchdir") { fchdir(own.fileNumber) }
    self.path = path
    self.name = name
    self.parent = parent
    self.own = own
    self.ownName = ownName
  }

  /// Lets another user make the file.
  public borrowing func give(to uid: UInt32, _ gid: UInt32) throws(Errno) {
    try systemCall("fchown", detail: path) { fchown(own.fileNumber, uid, gid) }
  }

  /// Puts the file in its place, on the disk, for its owner alone. The directory of its own is gone, also when it throws.
  /// - Returns: its size.
  /// - Throws: `EEXIST` when something has got the place by now.
  public consuming func place() throws(Errno) -> Int64 {
    do throws(Errno) {
      return try moveToPlace()
    } catch {
      discard()
      throw error
    }
  }

  private borrowing func moveToPlace() throws(Errno) -> Int64 {
    // From here on nobody else is in it.
    try systemCall("fchown", detail: path) { fchown(own.fileNumber, geteuid(), getegid()) }
    let flags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK
    let file = FileDescriptor(
      owning: try systemCall("open", detail: path) {
        honeydew_open_at(own.fileNumber, Self.workingName, flags, 0)
      })
    var status = stat()
    try systemCall("fstat", detail: path) { fstat(file.fileNumber, &status) }
    guard status.st_mode & S_IFMT == S_IFREG, status.st_nlink == 1 else {
      throw Errno(EPERM, call: "open", detail: "\(path): no file of its own was made")
    }
    try systemCall("fchown", detail: path) { fchown(file.fileNumber, geteuid(), getegid()) }
    try systemCall("fchmod", detail: path) { fchmod(file.fileNumber, 0o600) }
    try file.synchronize()
    try systemCall("rename", detail: path) {
      honeydew_rename_new(own.fileNumber, Self.workingName, parent.fileNumber, name)
    }
    unlinkat(parent.fileNumber, ownName, AT_REMOVEDIR)
    try parent.synchronize()
    return Int64(status.st_size)
  }

  /// Removes what was made.
  public borrowing func discard() {
    for end in ["", "-wal", "-shm", "-journal"] { unlinkat(own.fileNumber, Self.workingName + end, 0) }
    unlinkat(parent.fileNumber, ownName, AT_REMOVEDIR)
  }
}
