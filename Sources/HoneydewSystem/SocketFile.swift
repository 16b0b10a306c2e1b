internal import CLinux
import Glibc

/// The file of a socket, pinned: what is changed is this file, whatever has its path by then, and never what a link there
/// leads to.
public struct SocketFile: ~Copyable {
  private let path: String
  private let descriptor: FileDescriptor

  /// - Throws: `ENOTSOCK` when another kind of file has the path.
  public init(_ path: String) throws(Errno) {
    let path = try Files.checked(path, call: "open")
    let opened = FileDescriptor(owning: try systemCall("open", detail: path) { honeydew_open_path(path) })
    let kind = try Files.status(of: opened.fileNumber).kind
    guard kind == .socket else { throw Errno(ENOTSOCK, call: "open", detail: path) }
    self.path = path
    descriptor = opened
  }

  public func setMode(to mode: UInt32) throws(Errno) {
    try systemCall("chmod", detail: path) { chmod(place, mode) }
  }

  /// - Throws: `EPERM` where this process is no member of the group, or is kept from `chown(2)`.
  public func setGroup(to group: UInt32) throws(Errno) {
    try systemCall("chown", detail: path) { chown(place, .max, group) }
  }

  /// Calls that take a descriptor do not take one that was only opened as a place (open(2), O_PATH).
  private var place: String { "/proc/self/fd/\(descriptor.fileNumber)" }
}
