internal import CZlib
import Glibc

/// Reads the lines of a file, or of one that gzip has compressed (RFC 1952).
public final class TextFileReader {
  private let path: String
  private let file: FileDescriptor
  private let inflater: UnsafeMutablePointer<z_stream>?
  private var input: [UInt8]
  private var pending: [UInt8] = []

  /// A longer line is cut, in bytes.
  private static let lineLimit = 1 << 20

  public init(_ path: String, isCompressed: Bool = false) throws(Errno) {
    self.path = path
    file = try Files.open(path, flags: O_RDONLY | O_NONBLOCK)
    input = [UInt8](repeating: 0, count: 65536)
    guard isCompressed else {
      inflater = nil
      return
    }
    let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
    stream.initialize(to: z_stream())
    inflater = stream
    let result = inflateInit2_(stream, 15 + 16, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
    guard result == Z_OK else { throw Errno(ENOMEM, call: "inflateInit2", detail: path) }
  }

  deinit {
    if let inflater {
      inflateEnd(inflater)
      inflater.deallocate()
    }
  }

  /// The status of the file that is read, which may have lost its name.
  public func status() throws(Errno) -> FileStatus { try Files.status(of: file.fileNumber) }

  /// How far reading has come, in bytes of the file.
  public private(set) var offset: Int64 = 0

  /// Hands on the whole lines, without their ends, from where the last call has come to, up to the present end. The
  /// beginning of a line waits for the rest of it.
  public func readLines(_ body: ([UInt8]) -> Void) throws(Errno) {
    while true {
      let count = try file.read(into: &input, path: path)
      guard count > 0 else { return }
      offset += Int64(count)
      if inflater == nil { pending += input[..<count] } else { try decompress(count) }
      var rest = pending[...]
      while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
        body(Array(rest[..<end]))
        rest = rest[(end + 1)...]
      }
      pending = Array(rest)
      if pending.count > Self.lineLimit {
        body(pending)
        pending = []
      }
    }
  }

  private func decompress(_ count: Int) throws(Errno) {
    guard let inflater else { return }
    var output = [UInt8](repeating: 0, count: 65536)
    var result = Z_OK
    var produced: [UInt8] = []
    input.withUnsafeMutableBufferPointer { input in
      inflater.pointee.next_in = input.baseAddress
      inflater.pointee.avail_in = UInt32(count)
      repeat {
        output.withUnsafeMutableBufferPointer { output in
          inflater.pointee.next_out = output.baseAddress
          inflater.pointee.avail_out = UInt32(output.count)
          result = inflate(inflater, Z_NO_FLUSH)
        }
        produced += output[..<(output.count - Int(inflater.pointee.avail_out))]
      } while result == Z_OK && inflater.pointee.avail_out == 0
    }
    guard [Z_OK, Z_STREAM_END, Z_BUF_ERROR].contains(result) else {
      throw Errno(EIO, call: "inflate", detail: "\(path) is damaged")
    }
    pending += produced
  }
}
