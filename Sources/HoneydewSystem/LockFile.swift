import Glibc

/// A lock that one process of the machine holds at a time (`flock(2)`), until it lets go or ends in whatever way.
///
/// The file stays: removing it would let a third process lock a new file of the same name. Where somebody else removes it,
/// the lock of its directory holds; no two lock files lie in one directory.
public final class LockFile {
  /// Why there is no lock.
  public enum Failure: Error, Equatable, Sendable {
    /// Another process holds it; its pid when it wrote it down.
    case held(pid: Int32?)
    case failed(Errno)
  }

  private let file: FileDescriptor
  /// Locked with it, as it cannot be removed under its holder, and another file of the name be locked then. nil where the file
  /// system locks no directories.
  private let directory: FileDescriptor?

  /// Takes the lock without waiting and writes this process's pid into the file, where the disk has room for it.
  public init(_ path: String) throws(Failure) {
    do throws(Errno) {
      file = try Files.open(path, flags: O_RDWR | O_CREAT | O_NOFOLLOW)
      try Self.lock(file.fileNumber, path)
      directory = try Self.lockDirectory(of: path)
    } catch {
      guard error.number == EWOULDBLOCK, error.call == "flock" else { throw .failed(error) }
      throw .held(pid: Self.holder(path))
    }
    writeOwner()
  }

  /// Takes the lock of a file. Who only looks (`holder`) shares it for a moment, and is waited for.
  private static func lock(_ number: Int32, _ path: String) throws(Errno) {
    var patience = 100
    while true {
      do throws(Errno) {
        try systemCall("flock", detail: path) { flock(number, LOCK_EX | LOCK_NB) }
        return
      } catch {
        // Nobody has it to himself who lets it be shared.
        guard error.number == EWOULDBLOCK, patience > 0, flock(number, LOCK_SH | LOCK_NB) == 0 else { throw error }
        flock(number, LOCK_UN)
        patience -= 1
        usleep(UInt32.random(in: 100...1000))
      }
    }
  }

  private static func lockDirectory(of path: String) throws(Errno) -> FileDescriptor? {
    let slash = path.lastIndex(of: "/")
    let directory = try Files.openDirectory(slash.map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? ".")
    do throws(Errno) {
      try systemCall("flock", detail: path) { flock(directory.fileNumber, LOCK_EX | LOCK_NB) }
    } catch {
      guard error.number == EWOULDBLOCK else { return nil }
      throw error
    }
    return directory
  }

  /// Over what is there: on a full disk the file keeps its room.
  private func writeOwner() {
    let text = Array("\(getpid())\n".utf8)
    let written = pwrite(file.fileNumber, text, text.count, 0)
    ftruncate(file.fileNumber, off_t(max(0, written)))
  }

  /// The process that holds the lock of this file, without disturbing it; nil when nobody does. It is 0 where the holder
  /// has not written down its pid.
  public static func holder(of path: String) -> Result<Int32?, Errno> {
    do throws(Errno) {
      let file = try Files.open(path, flags: O_RDONLY | O_NONBLOCK)
      // Shared, so that two who look do not see each other.
      try systemCall("flock", detail: path) { flock(file.fileNumber, LOCK_SH | LOCK_NB) }
      return .success(nil)
    } catch {
      return error.number == EWOULDBLOCK && error.call == "flock" ? .success(holder(path) ?? 0) : .failure(error)
    }
  }

  private static func holder(_ path: String) -> Int32? {
    guard (try? Files.status(path)?.kind) == .file, let content = try? Files.read(path, limit: 64) else { return nil }
    return Int32(String(decoding: content.prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self))
  }
}
