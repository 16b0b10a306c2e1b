internal import HoneydewCore
internal import HoneydewSystem

/// What a worker's process prints. It never reaches the daemon's own output, where it could pass for lines of the daemon:
/// the beginning is kept for the log line of the process's end.
final class WorkerWords {
  private static let kept = 512
  /// Behind so much nobody reads any more, and the process's writes fail.
  private static let limit = 64 << 10

  private var bytes: [UInt8] = []
  private var count = 0
  private var stream: StreamChannel?

  init(_ socket: consuming FileDescriptor, on loop: EventLoop) throws(Errno) {
    stream = try StreamChannel(socket, on: loop, outputLimit: 0)
    stream?.onInput = { [unowned self] input in
      count += input.count
      if bytes.count < Self.kept { bytes += input.prefix(Self.kept - bytes.count) }
      if count > Self.limit { stream?.isReading = false }
    }
  }

  /// All that was kept, on one line; nothing more is read.
  func end() -> String {
    stream?.readToEnd()
    stream = nil
    while bytes.last == UInt8(ascii: "\n") { bytes.removeLast() }
    return String(decoding: bytes, as: UTF8.self).printable
  }
}
