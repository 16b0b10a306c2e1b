internal import Glibc
internal import HoneydewSystem

/// The certificates of environments that bring their own: workers cannot open files. A file is read again when it has
/// changed.
final class AuthorityFiles {
  /// With the longest payload they fit into a frame.
  static let limit = 384 << 10

  private var known: [String: (status: FileStatus, bytes: [UInt8])] = [:]

  enum Content: Equatable {
    case certificates([UInt8])
    /// Why there are none.
    case problem(String)
  }

  func content(of path: String) -> Content {
    do throws(Errno) {
      // A pipe would be waited for.
      let file = try Files.open(path, flags: O_RDONLY | O_NONBLOCK)
      let status = try Files.status(of: file.fileNumber)
      if let known = known[path], known.status == status { return .certificates(known.bytes) }
      guard status.kind == .file else { return .problem("\(path) is no file") }
      guard status.size > 0 else { return .problem("\(path) is empty") }
      guard status.size <= Self.limit else { return .problem("\(path) is longer than \(Self.limit >> 10) KiB") }
      var bytes = [UInt8](repeating: 0, count: Int(status.size))
      let count = try file.read(into: &bytes, path: path)
      bytes.removeLast(bytes.count - count)
      known[path] = (status, bytes)
      return .certificates(bytes)
    } catch {
      known[path] = nil
      return .problem("\(error)")
    }
  }
}
