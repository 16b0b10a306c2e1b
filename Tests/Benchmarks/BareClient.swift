import Glibc
import HoneydewSystem
import HoneydewWire

/// A client that costs next to nothing: the bytes of its call are made once (RFC 9113, RFC 7541), and of the answer it
/// looks at no more than the heads of the frames. What a call takes is the daemon's doing then.
final class BareClient {
  private enum FrameType: UInt8 { case data = 0, headers = 1, settings = 4, windowUpdate = 8 }
  private static let headSize = 9
  private static let endStream: UInt8 = 1
  private static let acknowledgement: UInt8 = 1
  private static let endHeaders: UInt8 = 4

  private let socket: HoneydewSystem.FileDescriptor
  private var call: [UInt8]
  /// Where the call's second frame begins.
  private let dataOffset: Int
  private var stream: UInt32 = 1
  private var input = [UInt8](repeating: 0, count: 4096)

  init(socket path: String, method: String, request: some Message) throws {
    let fields = [
      (":path", "/honeydew.Daemon/\(method)"), (":authority", "localhost"), ("content-type", "application/grpc"),
      ("te", "trailers"),
    ]
    // ":method: POST" and ":scheme: http" stand in the static table; literals that are not to be indexed begin with 0.
    var block: [UInt8] = [0x83, 0x86]
    for (name, value) in fields {
      block += [0, UInt8(name.utf8.count)] + Array(name.utf8) + [UInt8(value.utf8.count)] + Array(value.utf8)
    }
    let message = try request.serializedBytes()
    let headers = Self.frame(.headers, flags: Self.endHeaders, block)
    let data = Self.frame(.data, flags: Self.endStream, [0, 0, 0, 0, UInt8(message.count)] + message)
    call = headers + data
    dataOffset = headers.count
    socket = try UnixSocket.connect(path: path)
    var patience = timeval(tv_sec: 60, tv_usec: 0)
    setsockopt(
      socket.fileNumber, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
    // All answers of a connection share one window.
    try socket.writeAll(
      Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8) + Self.frame(.settings, [])
        + Self.frame(.windowUpdate, [0x7F, 0, 0, 0]))
  }

  private static func frame(_ type: FrameType, flags: UInt8 = 0, _ payload: [UInt8]) -> [UInt8] {
    [0, UInt8(payload.count >> 8), UInt8(payload.count & 0xFF), type.rawValue, flags, 0, 0, 0, 0] + payload
  }

  /// Makes the call, and waits for its answer.
  func callOnce() throws {
    for (index, byte) in withUnsafeBytes(of: stream.bigEndian, Array.init).enumerated() {
      call[5 + index] = byte
      call[dataOffset + 5 + index] = byte
    }
    stream += 2
    try socket.writeAll(call)
    var (count, next) = (0, 0)
    var (hasMessage, hasEnded) = (false, false)
    repeat {
      let room = input.count - count
      let received = input.withUnsafeMutableBytes { read(socket.fileNumber, $0.baseAddress! + count, room) }
      guard received > 0 else { throw BenchmarkError("the daemon has not answered for a minute, or is gone") }
      count += received
      while next + Self.headSize <= count {
        let flags = input[next + 4]
        switch FrameType(rawValue: input[next + 3]) {
        case .data: hasMessage = true
        case .headers: hasEnded = flags & Self.endStream != 0
        case .settings where flags & Self.acknowledgement == 0:
          try socket.writeAll(Self.frame(.settings, flags: Self.acknowledgement, []))
        default: break
        }
        next += Self.headSize + Int(input[next]) << 16 + Int(input[next + 1]) << 8 + Int(input[next + 2])
      }
    } while !hasEnded || next != count
    guard hasMessage else { throw BenchmarkError("a call failed") }
  }
}
