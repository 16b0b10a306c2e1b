import Glibc

/// A file that is written while an answer comes in or a result goes out.
final class SpoolFile {
  private let descriptor: Int32
  private let path: String
  private(set) var count = 0

  /// Creates the file with mode 0600 under the place's name and `.part`. One that is there was left by an attempt that a
  /// power loss made forget.
  init(_ place: SpoolPlace) throws(SpoolError) {
    path = "\(place.directory)/\(place.file).part"
    _ = Glibc.unlink(path)
    descriptor = open(path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw SpoolError(call: "create", path: path) }
  }

  deinit { close(descriptor) }

  /// Takes the file's name away: it lives until this value goes.
  func unlink() throws(SpoolError) {
    guard Glibc.unlink(path) == 0 else { throw SpoolError(call: "unlink", path: path) }
  }

  func write(_ bytes: Span<UInt8>) throws(SpoolError) {
    var position = 0
    while position < bytes.count {
      let rest = bytes.extracting(position..<bytes.count)
      let written = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
      if written < 0 {
        if errno == EINTR { continue }
        throw SpoolError(call: "write", path: path)
      }
      position += written
    }
    count += bytes.count
  }

  /// Returns when the bytes are on the disk.
  func synchronize() throws(SpoolError) {
    guard fsync(descriptor) == 0 else { throw SpoolError(call: "fsync", path: path) }
  }

  /// The bytes that were written, without a copy in memory of their own.
  func map() throws(SpoolError) -> MappedBytes {
    let address = mmap(nil, count, PROT_READ, MAP_PRIVATE, descriptor, 0)
    guard let address, address != MAP_FAILED else { throw SpoolError(call: "mmap", path: path) }
    _ = madvise(address, count, MADV_SEQUENTIAL)
    return MappedBytes(UnsafeBufferPointer(start: address.assumingMemoryBound(to: UInt8.self), count: count))
  }
}

extension SpoolPlace {
  /// Writes a result under its name and `.part`, replacing one that is there, and returns when it is on the disk.
  /// After an error the file is gone again.
  public func store(_ bytes: Span<UInt8>) throws(SpoolError) {
    let file = try SpoolFile(self)
    do throws(SpoolError) {
      try file.write(bytes)
      try file.synchronize()
    } catch {
      try? file.unlink()
      throw error
    }
  }
}

/// A file's bytes in the address space.
final class MappedBytes {
  let bytes: UnsafeBufferPointer<UInt8>

  init(_ bytes: UnsafeBufferPointer<UInt8>) {
    self.bytes = bytes
  }

  deinit { munmap(UnsafeMutableRawPointer(mutating: bytes.baseAddress), bytes.count) }
}

/// A local file could not take an answer.
public struct SpoolError: Error, CustomStringConvertible {
  public let description: String

  /// Takes the reason from `errno`.
  init(call: String, path: String) {
    description = "cannot \(call) \(path): \(String(cString: strerror(errno)))"
  }
}
