internal import CLinux
import Glibc

/// An open descriptor and the duty to close it: by `close()`, or when the owner goes away.
public struct FileDescriptor: ~Copyable {
  /// The kernel's number, for calls that take one. It is valid as long as this value lives.
  public let fileNumber: Int32

  /// Takes over an open descriptor.
  public init(owning fileNumber: Int32) {
    precondition(fileNumber >= 0, "a descriptor is not negative")
    self.fileNumber = fileNumber
  }

  /// A second descriptor for somebody else's open file, close-on-exec.
  public init(duplicating fileNumber: Int32) throws(Errno) {
    self.fileNumber = try systemCall("fcntl") { honeydew_duplicate(fileNumber) }
  }

  deinit { Self.close(fileNumber) }

  /// Closes now.
  public consuming func close() {
    let number = fileNumber
    discard self
    Self.close(number)
  }

  /// Gives the number away: somebody else closes it.
  public consuming func release() -> Int32 {
    let number = fileNumber
    discard self
    return number
  }

  /// Linux frees the number whatever `close(2)` answers; a late write error is what `synchronize` is for.
  private static func close(_ number: Int32) {
    let result = Glibc.close(number)
    precondition(result == 0 || errno != EBADF, "descriptor \(number) was closed by somebody else")
  }
}

/// What a read came to.
public enum ReadResult: Equatable, Sendable {
  /// So many bytes, at least 1.
  case read(Int)
  case wouldBlock
  case endOfFile
}

/// What a write came to.
public enum WriteResult: Equatable, Sendable {
  /// So many bytes, possibly fewer than asked for.
  case wrote(Int)
  case wouldBlock
}

extension FileDescriptor {
  public borrowing func read(into buffer: UnsafeMutableRawBufferPointer) throws(Errno) -> ReadResult {
    let fileNumber = fileNumber
    guard let count = try nonblockingCall("read", { Glibc.read(fileNumber, buffer.baseAddress, buffer.count) }) else {
      return .wouldBlock
    }
    return count == 0 ? .endOfFile : .read(count)
  }

  /// Reads from a Unix socket, and takes over an open file that was passed along.
  public borrowing func receive(
    into buffer: UnsafeMutableRawBufferPointer, file: inout FileDescriptor?
  ) throws(Errno) -> ReadResult {
    let fileNumber = fileNumber
    var passed: Int32 = -1
    let count = try nonblockingCall("recvmsg") {
      Int(honeydew_receive_file(fileNumber, buffer.baseAddress, buffer.count, &passed))
    }
    if passed >= 0 { file = FileDescriptor(owning: passed) }
    guard let count else { return .wouldBlock }
    return count == 0 ? .endOfFile : .read(count)
  }

  public borrowing func write(_ bytes: UnsafeRawBufferPointer) throws(Errno) -> WriteResult {
    let fileNumber = fileNumber
    let count = try nonblockingCall("write") { Glibc.write(fileNumber, bytes.baseAddress, bytes.count) }
    return count.map(WriteResult.wrote) ?? .wouldBlock
  }

  /// Writes to a socket. A peer that is gone is the error `EPIPE` and never the signal SIGPIPE.
  public borrowing func send(_ bytes: UnsafeRawBufferPointer) throws(Errno) -> WriteResult {
    try HoneydewSystem.send(bytes, to: fileNumber)
  }

  public borrowing func setNonblocking(_ on: Bool) throws(Errno) {
    let fileNumber = fileNumber
    try systemCall("fcntl") { honeydew_set_nonblocking(fileNumber, on ? 1 : 0) }
  }

  /// A second descriptor for the same open file, close-on-exec.
  public borrowing func duplicate() throws(Errno) -> FileDescriptor {
    try FileDescriptor(duplicating: fileNumber)
  }
}

/// Writes to a socket that the caller holds open.
func send(_ bytes: UnsafeRawBufferPointer, to fileNumber: Int32, flags: Int = 0) throws(Errno) -> WriteResult {
  let count = try nonblockingCall("send") {
    Glibc.send(fileNumber, bytes.baseAddress, bytes.count, Int32(MSG_NOSIGNAL | flags))
  }
  return count.map(WriteResult.wrote) ?? .wouldBlock
}
