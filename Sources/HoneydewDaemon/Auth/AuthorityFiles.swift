internal import HoneydewCore
internal import HoneydewSystem

/// The certificates of environments that bring their own: workers cannot open files. A file is read again when it has
/// changed.
final class AuthorityFiles {
  private var known: [String: (status: FileStatus, bytes: [UInt8])] = [:]

  enum Content: Equatable {
    case certificates([UInt8])
    /// Why there are none.
    case problem(String)
  }

  func content(of path: String) -> Content {
    do throws(Errno) {
      let file = try Files.openRegular(path, limit: EnvironmentRules.longestCAFile)
      let status = try Files.status(of: file.fileNumber)
      if let known = known[path], known.status == status { return .certificates(known.bytes) }
      guard status.size > 0 else { return .problem("\(path) is empty") }
      var bytes = [UInt8](repeating: 0, count: Int(status.size))
      let count = try file.read(into: &bytes, path: path)
      bytes.removeLast(bytes.count - count)
      known[path] = (status, bytes)
      return .certificates(bytes)
    } catch {
      known[path] = nil
      return .problem(error.sentence)
    }
  }
}
