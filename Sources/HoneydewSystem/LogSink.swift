import Glibc

/// Where log lines go.
public final class LogSink {
  private let path: String?
  private var descriptor: FileDescriptor
  private let kind: FileStatus.Kind

  /// What a pipe that is ready takes without waiting (`PIPE_BUF`).
  private static let readyCapacity = 4096

  private init(path: String?, descriptor: consuming FileDescriptor) throws(Errno) {
    self.path = path
    kind = try Files.status(of: descriptor.fileNumber).kind
    self.descriptor = descriptor
  }

  /// Appends to a file that only its owner reads.
  /// - Throws: `ENXIO` for a pipe that nobody reads.
  public static func file(_ path: String) throws(Errno) -> LogSink {
    try LogSink(path: path, descriptor: try open(path))
  }

  public static func standardError() throws(Errno) -> LogSink {
    // It is shared with other processes, so it cannot simply be made non-blocking; what is opened anew is ours alone. A
    // socket or the terminal of another user cannot be.
    guard let descriptor = try? open("/proc/self/fd/\(STDERR_FILENO)") else {
      return try LogSink(path: nil, descriptor: try FileDescriptor(duplicating: STDERR_FILENO))
    }
    return try LogSink(path: nil, descriptor: descriptor)
  }

  func reopen() throws(Errno) {
    guard let path else { return }
    descriptor = try Self.open(path)
  }

  /// Never waits for a reader.
  func write(_ bytes: UnsafeRawBufferPointer) throws(Errno) -> WriteResult {
    switch kind {
    case .file: return try descriptor.write(bytes)
    case .socket: return try send(bytes, to: descriptor.fileNumber, flags: Int(MSG_DONTWAIT))
    default:
      var ready = pollfd(fd: descriptor.fileNumber, events: Int16(POLLOUT), revents: 0)
      guard try systemCall("poll", { poll(&ready, 1, 0) }) == 1 else { return .wouldBlock }
      return try descriptor.write(UnsafeRawBufferPointer(rebasing: bytes.prefix(Self.readyCapacity)))
    }
  }

  private static func open(_ path: String) throws(Errno) -> FileDescriptor {
    let file = try Files.open(path, flags: O_WRONLY | O_CREAT | O_APPEND | O_NONBLOCK | O_NOCTTY, mode: 0o600)
    // A file that can only be written to is a log too.
    if (try? endsInMidLine(path)) == true { _ = try? file.writeAll([UInt8(ascii: "\n")]) }
    return file
  }

  /// Whether the last writer was killed in the middle of a line, or when the disk was full.
  private static func endsInMidLine(_ path: String) throws(Errno) -> Bool {
    guard let status = try Files.status(path), status.kind == .file, status.size > 0 else { return false }
    let file = try Files.open(path, flags: O_RDONLY)
    let fileNumber = file.fileNumber
    var last: UInt8 = 0
    let count = try systemCall("pread", detail: path) { pread(fileNumber, &last, 1, off_t(status.size - 1)) }
    return count == 1 && last != UInt8(ascii: "\n")
  }
}
