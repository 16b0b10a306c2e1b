import Glibc

/// Where log lines go.
public final class LogSink {
  private let path: String?
  private var descriptor: FileDescriptor
  private let kind: FileStatus.Kind
  /// Bytes in the file.
  private(set) var size: Int64
  /// Whether the lines go to systemd's journal, which takes each one's priority from its beginning.
  public let isJournal: Bool

  /// What a pipe that is ready takes without waiting (`PIPE_BUF`).
  private static let readyCapacity = 4096

  private init(path: String?, descriptor: consuming FileDescriptor, isJournal: Bool = false) throws(Errno) {
    self.path = path
    let status = try Files.status(of: descriptor.fileNumber)
    kind = status.kind
    size = status.size
    self.isJournal = isJournal
    self.descriptor = descriptor
  }

  /// Appends to a file that only its owner reads.
  /// - Throws: `ENXIO` for a pipe that nobody reads, `ELOOP` for a link.
  public static func file(_ path: String) throws(Errno) -> LogSink {
    try LogSink(path: path, descriptor: try open(path, flags: O_NOFOLLOW))
  }

  /// - Parameter journal: the value of `JOURNAL_STREAM`, which names the journal's end of a socket (`systemd.exec(5)`).
  public static func standardError(journal: String? = nil) throws(Errno) -> LogSink {
    let isJournal = journal == (try Files.status(of: STDERR_FILENO)).identity
    // It is shared with other processes, so it cannot simply be made non-blocking; what is reopened is ours alone. A
    // socket or the terminal of another user cannot be.
    guard let descriptor = try? open("/proc/self/fd/\(STDERR_FILENO)", flags: 0) else {
      return try LogSink(
        path: nil, descriptor: try FileDescriptor(duplicating: STDERR_FILENO), isJournal: isJournal)
    }
    return try LogSink(path: nil, descriptor: descriptor, isJournal: isJournal)
  }

  func reopen() throws(Errno) {
    guard let path else { return }
    let opened = try Self.open(path, flags: O_NOFOLLOW)
    size = try Files.status(of: opened.fileNumber).size
    descriptor = opened
  }

  /// Moves the file away and goes on in a new one. When that cannot be opened, the lines go on into the moved one.
  func rotate(to backup: String) throws(Errno) {
    guard let path, kind == .file else { return }
    try Files.rename(path, to: backup)
    try reopen()
  }

  /// Ensures that what is written can be found: a file that was removed, perhaps with its directory, is made again.
  func ensurePlace() throws(Errno) {
    guard let path, kind == .file, try Files.linkCount(of: descriptor.fileNumber) == 0 else { return }
    try Files.makeParent(of: path)
    try reopen()
  }

  /// Never waits for a reader.
  func write(_ bytes: UnsafeRawBufferPointer) throws(Errno) -> WriteResult {
    switch kind {
    case .file:
      let result = try descriptor.write(bytes)
      if case .wrote(let count) = result { size += Int64(count) }
      return result
    case .socket: return try send(bytes, to: descriptor.fileNumber, flags: Int(MSG_DONTWAIT))
    default:
      var ready = pollfd(fd: descriptor.fileNumber, events: Int16(POLLOUT), revents: 0)
      guard try systemCall("poll", { poll(&ready, 1, 0) }) == 1 else { return .wouldBlock }
      return try descriptor.write(UnsafeRawBufferPointer(rebasing: bytes.prefix(Self.readyCapacity)))
    }
  }

  private static func open(_ path: String, flags: Int32) throws(Errno) -> FileDescriptor {
    let flags = flags | O_WRONLY | O_CREAT | O_APPEND | O_NONBLOCK | O_NOCTTY
    let file = try Files.open(path, flags: flags, mode: 0o600)
    // A file that can only be written to is a log too.
    if (try? endsInMidLine(path)) == true { _ = try? file.writeAll([UInt8(ascii: "\n")]) }
    return file
  }

  /// Whether the last writer was killed in the middle of a line, or when the disk was full.
  private static func endsInMidLine(_ path: String) throws(Errno) -> Bool {
    guard let status = try Files.status(path), status.kind == .file, status.size > 0 else { return false }
    let file = try Files.open(path, flags: O_RDONLY | O_NONBLOCK)
    let fileNumber = file.fileNumber
    var last: UInt8 = 0
    let count = try systemCall("pread", detail: path) { pread(fileNumber, &last, 1, off_t(status.size - 1)) }
    return count == 1 && last != UInt8(ascii: "\n")
  }
}
