internal import Glibc
internal import HoneydewCore
internal import HoneydewStore
internal import HoneydewSystem

/// A backup that is to be restored, opened.
struct BackupSource: ~Copyable {
  let path: String
  private let file: HoneydewSystem.FileDescriptor

  init(_ path: String) throws {
    self.path = path
    let kind = try Files.status(path)?.kind
    guard kind == .file else { throw StartupError("\(path): there is no such file") }
    guard try Files.status(path + "-wal") == nil else {
      throw StartupError(
        "\(path): this is no backup but a database in use, as \(path)-wal shows; make a backup with: honeydew backup")
    }
    file = try Files.openRegular(path, limit: .max)
  }

  /// Whether root may open the path itself: no other user can have put a link there to what root alone may read.
  static func isOfRoot(_ path: String) -> Bool {
    do throws(Errno) {
      return try TrustedPath.problem(of: path, FileTrust.ofThisProcess()) == nil
    } catch {
      return false
    }
  }

  func copy(to target: String) throws {
    let copy = try Files.open(target, flags: O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, mode: 0o600)
    try file.forEachChunk(length: DatabaseFile.chunkLength) { chunk throws(Errno) in try copy.writeAll(chunk) }
  }
}
