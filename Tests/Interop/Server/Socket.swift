import Glibc
import HoneydewRPC
import HoneydewSystem

/// What both ends of a connection can do.
protocol Connection: AnyObject {
  var hasOutput: Bool { get }
  var isFinished: Bool { get }
  var nextDeadline: Duration? { get }
  var onOutput: (() -> Void)? { get set }
  func receive(_ bytes: UnsafeRawBufferPointer, now: Duration) throws(ConnectionError)
  func withOutput<Failure: Error>(_ body: (UnsafeRawBufferPointer) throws(Failure) -> Int) throws(Failure)
  func expire(now: Duration)
  func socketClosed()
}

extension ServerConnection: Connection {
  func socketClosed() { abort() }
}

extension ClientConnection: Connection {
  func socketClosed() { abort("The server closed the connection") }
}

/// Moves the bytes between a socket and a connection until the connection is finished or the socket is closed.
final class Socket {
  let connection: any Connection
  private let loop: EventLoop
  private let descriptor: FileDescriptor
  private let onClose: (Socket) -> Void
  private var registration: EventLoop.Registration?
  private var timer: (token: TimerToken, deadline: Duration)?
  private var waitsForRoom = false
  /// All is said, and the peer is to close: to close first would break what it is sending, and with it what it has yet to read.
  private var isHalfClosed = false
  /// The peer broke the protocol: the socket is closed at once.
  private var isBroken = false

  init(
    _ descriptor: consuming FileDescriptor, _ connection: any Connection, on loop: EventLoop,
    onClose: @escaping (Socket) -> Void
  ) throws(Errno) {
    self.descriptor = descriptor
    self.connection = connection
    self.loop = loop
    self.onClose = onClose
    registration = try loop.add(self.descriptor.fileNumber, .read) { [unowned self] in ready($0) }
    connection.onOutput = { [unowned self] in flush() }
    flush()
  }

  private func ready(_ readiness: EventLoop.Readiness) {
    if readiness.contains(.read) || readiness.contains(.hangUp) || readiness.contains(.error) {
      guard receive() else { return close() }
    }
    flush()
  }

  /// False at the end of file.
  private func receive() -> Bool {
    withUnsafeTemporaryAllocation(byteCount: 64 << 10, alignment: 16) { buffer in
      do {
        switch try descriptor.read(into: buffer) {
        case .wouldBlock: return true
        case .endOfFile: return false
        case .read(let count):
          guard !isHalfClosed else { return true }
          // What the connection says about the error is in its output.
          do {
            try connection.receive(UnsafeRawBufferPointer(rebasing: buffer[..<count]), now: loop.now)
          } catch {
            isBroken = true
          }
          return true
        }
      } catch {
        return false
      }
    }
  }

  func flush() {
    guard registration != nil, !isHalfClosed else { return }
    do {
      try connection.withOutput { (bytes) throws(Errno) in
        switch try descriptor.send(bytes) {
        case .wrote(let count): count
        case .wouldBlock: 0
        }
      }
    } catch {
      return close()
    }
    if connection.isFinished { return isBroken ? close() : endOutput() }
    waitForRoom(connection.hasOutput)
    arm()
  }

  private func endOutput() {
    isHalfClosed = true
    waitForRoom(false)
    _ = shutdown(descriptor.fileNumber, Int32(SHUT_WR))
    if let timer { loop.cancel(timer.token) }
    let deadline = loop.now + .seconds(5)
    timer = (loop.schedule(at: deadline) { [weak self] in self?.close() }, deadline)
  }

  private func waitForRoom(_ waits: Bool) {
    guard waits != waitsForRoom, let registration else { return }
    waitsForRoom = waits
    try? loop.modify(registration, waits ? [.read, .write] : .read)
  }

  private func arm() {
    let deadline = connection.nextDeadline
    guard deadline != timer?.deadline else { return }
    if let timer { loop.cancel(timer.token) }
    timer = deadline.map { deadline in
      let token = loop.schedule(at: deadline) { [weak self] in
        guard let self else { return }
        timer = nil
        connection.expire(now: loop.now)
        flush()
      }
      return (token, deadline)
    }
  }

  func close() {
    guard let registration else { return }
    self.registration = nil
    loop.remove(registration)
    if let timer { loop.cancel(timer.token) }
    connection.onOutput = nil
    connection.socketClosed()
    onClose(self)
  }
}
