import Glibc
import HoneydewSystem

/// A directory on a disk, removed with all that is in it.
struct TemporaryDirectory {
  let path: String

  /// - Note: `/tmp` is often in memory, where a sync costs nothing.
  init() throws {
    let base = getenv("TMPDIR").map { String(cString: $0) } ?? "/var/tmp"
    var template = Array("\(base)/honeydew-bench-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else { throw Errno(errno, call: "mkdtemp", detail: base) }
    path = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
  }

  func remove() {
    Self.removeTree(path)
  }

  private static func removeTree(_ path: String) {
    for name in (try? Files.list(path)) ?? [] {
      let child = "\(path)/\(name)"
      if (try? Files.status(child)?.kind) == .directory {
        removeTree(child)
      } else {
        _ = try? Files.remove(child)
      }
    }
    rmdir(path)
  }
}
