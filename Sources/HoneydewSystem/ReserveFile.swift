internal import CLinux
import Glibc

/// Room on a disk that a file without content keeps, to be given up on the day on which the disk is full.
public final class ReserveFile {
  public let path: String

  public init(_ path: String) {
    self.path = path
  }

  /// How much room it keeps, in bytes: 0 when it is not there, is no file of its own, or, as copies of it are, one with a
  /// hole in it.
  public var size: Int64 {
    var status = stat()
    guard lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG, status.st_nlink == 1 else { return 0 }
    return min(Int64(status.st_size), Int64(status.st_blocks) * 512)
  }

  /// Takes so much room, by a new file in place of what is there.
  /// - Throws: `ENOSPC` or `EDQUOT` when there is less, and then none is taken.
  public func take(bytes: Int64) throws(Errno) {
    _ = try Files.remove(path)
    do throws(Errno) {
      let file = try Files.open(path, flags: O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW)
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
