internal import CLinux
import Glibc

/// An open directory. What is in it is reached by its descriptor, whatever becomes of its path meanwhile, and no link is
/// ever followed.
public struct Directory: ~Copyable {
  public let path: String
  private let descriptor: FileDescriptor

  /// - Throws: `ELOOP` or `ENOTDIR` when the last part of the path is a link.
  public init(_ path: String) throws(Errno) {
    self.path = path
    descriptor = try Files.open(path, flags: O_RDONLY | O_DIRECTORY | O_NOFOLLOW)
  }

  /// A directory in this one.
  /// - Throws: `ELOOP` or `ENOTDIR` when it is a link.
  public func open(directory name: String) throws(Errno) -> Directory {
    Directory(path: place(name), try open(name, flags: O_RDONLY | O_DIRECTORY))
  }

  private init(path: String, _ descriptor: consuming FileDescriptor) {
    self.path = path
    self.descriptor = descriptor
  }

  /// The status of the directory itself.
  public func status() throws(Errno) -> FileStatus { try Files.status(of: descriptor.fileNumber) }

  /// What is in it, sorted.
  public func names() throws(Errno) -> [String] { try Files.list("/proc/self/fd/\(descriptor.fileNumber)") }

  /// Opens a file to be read: a regular one, of this process's user, with no other name. It never waits, as it would
  /// for who writes to a pipe.
  /// - Throws: `EPERM` for any other kind of file.
  public func openOwnFile(_ name: String) throws(Errno) -> FileDescriptor {
    let file = try open(name, flags: O_RDONLY | O_NONBLOCK)
    let number = file.fileNumber
    var status = stat()
    try systemCall("fstat", detail: place(name)) { fstat(number, &status) }
    guard status.st_mode & S_IFMT == S_IFREG, status.st_uid == geteuid(), status.st_nlink == 1 else {
      throw Errno(EPERM, call: "open", detail: "\(place(name)) is no file of the daemon's own")
    }
    return file
  }

  /// Creates a file without a name, for reading and writing; nil where the file system has none.
  func createNameless() throws(Errno) -> FileDescriptor? {
    let number = honeydew_open_nameless(descriptor.fileNumber)
    guard number < 0 else { return FileDescriptor(owning: number) }
    // What kernels and file systems say that lack O_TMPFILE (open(2)).
    guard [EOPNOTSUPP, EISDIR, EINVAL].contains(errno) else { throw Errno(errno, call: "open", detail: path) }
    return nil
  }

  /// Gives a file without a name its first one.
  func link(_ file: borrowing FileDescriptor, as name: String) throws(Errno) {
    try check(name, call: "linkat")
    let number = file.fileNumber
    try systemCall("linkat", detail: place(name)) { honeydew_link_nameless(number, descriptor.fileNumber, name) }
  }

  /// Opens a file; `flags` as for `open(2)`, `mode` is for a new one, less the umask.
  public func open(_ name: String, flags: Int32, mode: UInt32 = 0o600) throws(Errno) -> FileDescriptor {
    try check(name, call: "open")
    let number = try systemCall("open", detail: place(name)) {
      honeydew_open_at(descriptor.fileNumber, name, flags | O_NOFOLLOW, mode)
    }
    return FileDescriptor(owning: number)
  }

  /// The status of what has the name, a link itself; nil when nothing has.
  public func status(_ name: String) throws(Errno) -> FileStatus? {
    try check(name, call: "fstatat")
    var status = stat()
    do {
      try systemCall("fstatat", detail: place(name)) {
        fstatat(descriptor.fileNumber, name, &status, AT_SYMLINK_NOFOLLOW)
      }
    } catch {
      guard error.number == ENOENT else { throw error }
      return nil
    }
    return FileStatus(status)
  }

  /// Moves a file, over one that is there.
  public func rename(_ old: String, to new: String) throws(Errno) {
    try check(old, call: "rename")
    try check(new, call: "rename")
    let number = descriptor.fileNumber
    try systemCall("rename", detail: "\(place(old)) to \(new)") { renameat(number, old, number, new) }
  }

  /// Removes a file, or a link itself. False when there was none.
  public func remove(_ name: String) throws(Errno) -> Bool {
    try check(name, call: "unlink")
    do {
      try systemCall("unlink", detail: place(name)) { unlinkat(descriptor.fileNumber, name, 0) }
      return true
    } catch {
      guard error.number == ENOENT else { throw error }
      return false
    }
  }

  /// Removes what has the name, a directory with all that is in it. Of a link only the link goes.
  public func removeAll(_ name: String) throws(Errno) {
    guard try status(name)?.kind == .directory else {
      _ = try remove(name)
      return
    }
    let inner = try open(directory: name)
    for entry in try inner.names() { try inner.removeAll(entry) }
    let number = descriptor.fileNumber
    try systemCall("rmdir", detail: place(name)) { unlinkat(number, name, AT_REMOVEDIR) }
  }

  /// Puts creations, removals and renamings on the disk.
  public func synchronize() throws(Errno) {
    try descriptor.synchronize()
  }

  private func place(_ name: String) -> String { "\(path)/\(name)" }

  private func check(_ name: String, call: String) throws(Errno) {
    guard !name.isEmpty, name != ".", name != "..", !name.utf8.contains(where: { $0 == 0 || $0 == UInt8(ascii: "/") })
    else { throw Errno(EINVAL, call: call, detail: "a name in \(path) that names no file in it") }
  }
}
