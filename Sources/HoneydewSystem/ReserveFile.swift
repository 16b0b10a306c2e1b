internal import CLinux
import Glibc

/// Room on a disk that a file without content keeps, to be given up on the day on which the disk is full.
public final class ReserveFile {
  public let path: String

  public init(_ path: String) {
    self.path = path
  }

  /// How much room it keeps, in bytes; 0 when it is not there.
  public var size: Int64 {
    ((try? Files.status(path)).flatMap { $0 }).map { $0.kind == .file ? $0.size : 0 } ?? 0
  }

  /// Takes so much room.
  /// - Throws: `ENOSPC` or `EDQUOT` when there is less, and then none is taken.
  public func take(bytes: Int64) throws(Errno) {
    do throws(Errno) {
      let file = try Files.open(path, flags: O_WRONLY | O_CREAT | O_NOFOLLOW)
      let number = posix_fallocate(file.fileNumber, 0, off_t(bytes))
      guard number == 0 else { throw Errno(number, call: "posix_fallocate", detail: path) }
    } catch {
      giveUp()
      throw error
    }
  }

  /// Gives the room back to the file system.
  public func giveUp() {
    _ = try? Files.remove(path)
  }
}
