internal import CLinux
import Glibc

/// A file that another process fills and this one names: it is lent without a name, so that the other process cannot put
/// something else in its place.
public final class LentFile {
  public let descriptor: FileDescriptor
  private let directory: String
  /// What it is called until it is kept, where the file system has no files without a name.
  private let name: String?
  /// What it is called for good.
  private var keptAs: String?

  /// Creates an empty file in a directory.
  public convenience init(in directory: String) throws(Errno) {
    try self.init(in: directory, namelessly: true)
  }

  init(in directory: String, namelessly: Bool) throws(Errno) {
    self.directory = try Files.checked(directory, call: "open")
    if namelessly {
      let number = honeydew_open_nameless(directory)
      if number >= 0 {
        descriptor = FileDescriptor(owning: number)
        name = nil
        return
      }
      // What kernels and file systems say that lack O_TMPFILE (open(2)).
      guard [EOPNOTSUPP, EISDIR, EINVAL].contains(errno) else { throw Errno(errno, call: "open", detail: directory) }
    }
    let path = "\(directory)/.lent-\(try randomBytes(8).map { String($0, radix: 16) }.joined())"
    descriptor = try Files.open(path, flags: O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW)
    name = path
  }

  deinit { if let name, keptAs == nil { _ = unlink(name) } }

  /// Gives the file its name, over a file that has it. Doing it again changes nothing.
  ///
  /// - Parameter size: what the other process says that it has written.
  /// - Returns: what is not as it must be, when the other process has not kept to what was agreed; the file is not named
  ///   then.
  public func keep(as file: String, size: Int64) throws(Errno) -> String? {
    guard keptAs == nil else { return nil }
    let status = try Files.status(of: descriptor.fileNumber)
    guard status.size == size else { return "its file has \(status.size) bytes, and it said \(size)" }
    let links = try Files.linkCount(of: descriptor.fileNumber)
    guard links == (name == nil ? 0 : 1) else { return "its file has \(links) names" }
    let path = "\(directory)/\(file)"
    if let name {
      try Files.rename(name, to: path)
    } else {
      _ = try Files.remove(path)
      try systemCall("linkat", detail: path) { honeydew_link_nameless(descriptor.fileNumber, path) }
    }
    keptAs = file
    return nil
  }
}
