internal import CZlib
import Glibc

/// Compresses a file in steps of bounded work, into one beside it with `.gz` after its name (RFC 1952).
public final class GzipCompression {
  private let path: String
  private let source: FileDescriptor
  private let target: FileDescriptor
  private let deflater: UnsafeMutablePointer<z_stream>
  private var input = [UInt8](repeating: 0, count: stepLength)
  private var output = [UInt8](repeating: 0, count: stepLength)

  /// What one step reads at most, in bytes: a millisecond or two.
  private static let stepLength = 65536

  /// Ends the name of a compressed file.
  private static let suffix = ".gz"
  private static let unfinishedSuffix = ".gz.part"

  /// Begins. What an earlier attempt left is replaced.
  public init(_ path: String) throws(Errno) {
    self.path = path
    source = try Files.open(path, flags: O_RDONLY | O_NOFOLLOW)
    target = try Files.open(path + Self.unfinishedSuffix, flags: O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW)
    deflater = .allocate(capacity: 1)
    deflater.initialize(to: z_stream())
    // 16 more than the window's 15 bits: with gzip's header (zlib.h).
    let result = deflateInit2_(
      deflater, Z_DEFAULT_COMPRESSION, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION,
      Int32(MemoryLayout<z_stream>.size))
    guard result == Z_OK else { throw Errno(ENOMEM, call: "deflateInit2", detail: path) }
  }

  deinit {
    deflateEnd(deflater)
    deflater.deallocate()
  }

  /// Does one step. With the last one the compressed file has its name and the other is gone.
  /// - Returns: whether that was the last one.
  /// - Throws: after which the compression is over, and the file is as it was.
  public func step() throws(Errno) -> Bool {
    do throws(Errno) {
      let count = try source.read(into: &input, path: path)
      try compress(count, isLast: count == 0)
      guard count == 0 else { return false }
      // Not synchronized, which would hold up the loop: a log need not survive a power loss.
      try Files.rename(path + Self.unfinishedSuffix, to: path + Self.suffix)
      _ = try Files.remove(path)
      return true
    } catch {
      _ = try? Files.remove(path + Self.unfinishedSuffix)
      throw error.detail == nil ? error.with(detail: path) : error
    }
  }

  private func compress(_ count: Int, isLast: Bool) throws(Errno) {
    var produced: [UInt8] = []
    input.withUnsafeMutableBufferPointer { input in
      deflater.pointee.next_in = input.baseAddress
      deflater.pointee.avail_in = UInt32(count)
      repeat {
        let room = output.withUnsafeMutableBufferPointer { output in
          deflater.pointee.next_out = output.baseAddress
          deflater.pointee.avail_out = UInt32(output.count)
          // It fails on misuse only.
          _ = deflate(deflater, isLast ? Z_FINISH : Z_NO_FLUSH)
          return Int(deflater.pointee.avail_out)
        }
        produced += output[..<(output.count - room)]
      } while deflater.pointee.avail_out == 0
    }
    try target.writeAll(produced)
  }
}
