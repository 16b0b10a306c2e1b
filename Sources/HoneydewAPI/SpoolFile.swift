import Glibc

/// An open file that takes an answer while it comes in, and then the result. Who made it gives it its name.
public final class SpoolFile {
  /// Results of more bytes than this are spooled.
  public static let threshold = 256 << 10
  private static let moveLength = 64 << 10

  private let descriptor: Int32
  private(set) var count = 0

  /// Takes over the descriptor of a file that can be read and written.
  public init(owning descriptor: Int32) {
    self.descriptor = descriptor
  }

  deinit { close(descriptor) }

  /// Begins again.
  func clear() throws(SpoolError) {
    guard lseek(descriptor, 0, SEEK_SET) == 0, ftruncate(descriptor, 0) == 0 else { throw SpoolError(call: "empty") }
    count = 0
  }

  func write(_ bytes: Span<UInt8>) throws(SpoolError) {
    var position = 0
    while position < bytes.count {
      let rest = bytes.extracting(position..<bytes.count)
      let written = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
      if written < 0 {
        if errno == EINTR { continue }
        throw SpoolError(call: "write")
      }
      position += written
    }
    count += bytes.count
  }

  /// Leaves only these bytes of what was written, and returns when they are on the disk.
  func keep(_ range: Range<Int>) throws(SpoolError) {
    if range.lowerBound > 0 { try move(range) }
    guard ftruncate(descriptor, off_t(range.count)) == 0 else { throw SpoolError(call: "shorten") }
    guard fsync(descriptor) == 0 else { throw SpoolError(call: "fsync") }
    count = range.count
  }

  private func move(_ range: Range<Int>) throws(SpoolError) {
    let chunk = UnsafeMutableRawBufferPointer.allocate(byteCount: Self.moveLength, alignment: 16)
    defer { chunk.deallocate() }
    var position = range.lowerBound
    while position < range.upperBound {
      let length = min(chunk.count, range.upperBound - position)
      let got = pread(descriptor, chunk.baseAddress, length, off_t(position))
      guard got > 0 else { throw SpoolError(call: "read") }
      var placed = 0
      while placed < got {
        let rest = UnsafeRawBufferPointer(rebasing: chunk[placed..<got])
        let put = pwrite(descriptor, rest.baseAddress, rest.count, off_t(position - range.lowerBound + placed))
        guard put > 0 else { throw SpoolError(call: "write") }
        placed += put
      }
      position += got
    }
  }

  /// Writes a whole result, and returns when it is on the disk.
  public func store(_ bytes: Span<UInt8>) throws(SpoolError) {
    try clear()
    try write(bytes)
    try keep(0..<bytes.count)
  }

  /// The bytes that were written, without a copy in memory of their own.
  func map() throws(SpoolError) -> MappedBytes {
    let address = mmap(nil, count, PROT_READ, MAP_PRIVATE, descriptor, 0)
    guard let address, address != MAP_FAILED else { throw SpoolError(call: "mmap") }
    _ = madvise(address, count, MADV_SEQUENTIAL)
    return MappedBytes(UnsafeBufferPointer(start: address.assumingMemoryBound(to: UInt8.self), count: count))
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
  init(call: String) {
    description = "cannot \(call) the result's file: \(String(cString: strerror(errno)))"
  }
}
