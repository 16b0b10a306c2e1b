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

  private static let prefix = ".lent-"

  /// Whether the name is of a file that is lent, or was when its process died.
  public static func isName(_ name: String) -> Bool { name.hasPrefix(prefix) }

  /// Creates an empty file in a directory.
  public convenience init(in directory: String) throws(Errno) {
    try self.init(in: directory, namelessly: true)
  }

  init(in directory: String, namelessly: Bool) throws(Errno) {
    self.directory = directory
    let place = try Directory(directory)
    if namelessly, let file = try place.createNameless() {
      descriptor = file
      name = nil
      return
    }
    let name = "\(Self.prefix)\(try randomBytes(8).map { String($0, radix: 16) }.joined())"
    descriptor = try place.open(name, flags: O_RDWR | O_CREAT | O_EXCL)
    self.name = name
  }

  deinit { if let name, keptAs == nil { _ = try? Directory(directory).remove(name) } }

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
    let place = try Directory(directory)
    if let name {
      try place.rename(name, to: file)
    } else {
      _ = try place.remove(file)
      try place.link(descriptor, as: file)
    }
    keptAs = file
    return nil
  }
}
