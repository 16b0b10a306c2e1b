internal import CLinux
import Glibc

/// A connected stream socket in the loop: bounded reading, queued writing.
///
/// Input is handed on as it arrives. Output only waits in a queue until `flush`, so that the owner decides what leaves
/// and when (after the commit); what the socket does not take then follows as soon as it does. Dropping the channel
/// closes the socket.
public final class StreamChannel {
  /// Why there will be no more input.
  public enum End: Equatable, Sendable {
    case endOfFile
    case failed(Errno)
  }

  /// Called with bytes that have arrived; they are gone when it returns.
  public var onInput: ((UnsafeRawBufferPointer) -> Void)?
  /// Called once, when the peer has ended its side or the connection is broken. The channel does nothing after it.
  public var onEnd: ((End) -> Void)?
  /// Called when output that had to wait for the peer has been written.
  public var onDrained: (() -> Void)?

  private let loop: EventLoop
  private let socket: FileDescriptor
  private let outputLimit: Int
  private var output = WriteBuffer()
  private var registration: EventLoop.Registration?
  private var interest: EventLoop.Interest = .read
  /// Goes along with the next byte.
  private var lent: FileDescriptor?
  /// The socket took less than `write` was given.
  public private(set) var isFull = false

  /// The most that one turn takes from one channel, if its time suffices: a busy peer gets no more than its share.
  private static let readsPerTurn = 16

  /// Takes over a non-blocking socket. At most `outputLimit` bytes may wait for the peer.
  public init(_ socket: consuming FileDescriptor, on loop: EventLoop, outputLimit: Int) throws(Errno) {
    self.loop = loop
    self.socket = socket
    self.outputLimit = outputLimit
    registration = try loop.add(self.socket.fileNumber, interest) { [weak self] readiness in
      self?.writeOrEnd(readiness)
      // A handler may drop the channel.
      for _ in 0..<Self.readsPerTurn {
        guard let self, isReading, !readiness.isDisjoint(with: [.read, .hangUp, .error]), read() else { return }
        if loop.isHandlingOver { return }
      }
    }
  }

  deinit {
    if let registration { loop.remove(registration) }
  }

  public var fileNumber: Int32 { socket.fileNumber }
  /// Bytes that wait.
  public var outputCount: Int { output.count }
  public var hasEnded: Bool { registration == nil }

  /// While false nothing is read, and the peer is held up by its own full socket.
  public var isReading: Bool = true {
    didSet { updateInterest() }
  }

  // MARK: Output

  /// Adds bytes to what waits for the next `flush`. False, and nothing is added, when more would wait than the limit.
  public func queue(_ bytes: UnsafeRawBufferPointer) -> Bool {
    guard output.count + bytes.count <= outputLimit else { return false }
    if !hasEnded { output.append(bytes) }
    return true
  }

  public func queue(_ bytes: [UInt8]) -> Bool {
    bytes.withUnsafeBytes { queue($0) }
  }

  /// Has the next byte that is written bring an open file along (SCM_RIGHTS in unix(7)). One at a time.
  public func pass(_ file: consuming FileDescriptor) {
    precondition(lent == nil, "an earlier file has not left")
    lent = consume file
  }

  /// Whether a file waits for the next byte.
  public var isPassing: Bool { lent != nil }

  private func sendPassing(_ bytes: UnsafeRawBufferPointer) throws(Errno) -> WriteResult {
    guard lent != nil else { return try HoneydewSystem.send(bytes, to: socket.fileNumber) }
    let (socket, file) = (socket.fileNumber, lent?.fileNumber ?? -1)
    let count = try nonblockingCall("sendmsg") {
      Int(honeydew_send_file(socket, bytes.baseAddress, bytes.count, file))
    }
    guard let count else { return .wouldBlock }
    lent = nil
    return .wrote(count)
  }

  /// Writes what waits, as far as the socket takes it; the rest follows by itself. A failure is told by `onEnd` in the
  /// next turn, never from here.
  public func flush() {
    guard !hasEnded, !output.isEmpty, !interest.contains(.write) else { return }
    _ = write()
  }

  /// Writes at once what the socket takes of these bytes, beside the queue, which must be empty. After less than all of
  /// them, `onDrained` tells when the socket takes more.
  ///
  /// - Returns: how many bytes were written.
  public func write(_ bytes: UnsafeRawBufferPointer) -> Int {
    precondition(output.isEmpty, "what was queued comes first")
    guard !hasEnded, !isFull, !bytes.isEmpty else { return 0 }
    do {
      var count = 0
      if case .wrote(let written) = try socket.send(bytes) { count = written }
      loop.traffic += UInt64(count)
      isFull = count < bytes.count
      updateInterest()
      return count
    } catch {
      failLater(error)
      return 0
    }
  }

  /// True when nothing waits any more.
  private func write() -> Bool {
    do {
      let before = output.count
      let isDrained = try output.flush { bytes throws(Errno) in try sendPassing(bytes) }
      loop.traffic += UInt64(before - output.count)
      updateInterest()
      return isDrained
    } catch {
      output.removeAll()
      failLater(error)
      return false
    }
  }

  private func failLater(_ error: Errno) {
    _ = loop.schedule(at: loop.now) { [weak self] in self?.end(.failed(error)) }
  }

  /// Ends our side: the peer reads to the end of the file. What waits must have been written.
  public func endOutput() {
    guard !hasEnded else { return }
    _ = shutdown(socket.fileNumber, Int32(SHUT_WR))
  }

  // MARK: Input

  private func writeOrEnd(_ readiness: EventLoop.Readiness) {
    if readiness.contains(.write) {
      isFull = false
      if output.isEmpty || write() { onDrained?() }
      updateInterest()
    }
    if !isReading, !readiness.isDisjoint(with: [.hangUp, .error]) { end(.endOfFile) }
  }

  /// Takes all that has arrived, now and not in the loop's time: the last bytes of a peer that has ended.
  public func readToEnd() {
    while read() {}
  }

  /// Reads once. True when there may be more.
  private func read() -> Bool {
    guard !hasEnded, isReading else { return false }
    do {
      switch try socket.read(into: loop.scratch) {
      case .wouldBlock: return false
      case .endOfFile: end(.endOfFile)
      case .read(let count):
        loop.traffic += UInt64(count)
        onInput?(UnsafeRawBufferPointer(rebasing: loop.scratch[..<count]))
        return count == loop.scratch.count
      }
    } catch {
      end(.failed(error))
    }
    return false
  }

  private func end(_ reason: End) {
    guard let registration else { return }
    loop.remove(registration)
    self.registration = nil
    output.removeAll()
    // A peer that waits for our end before it closes has it.
    _ = shutdown(socket.fileNumber, Int32(SHUT_RDWR))
    onEnd?(reason)
  }

  private func updateInterest() {
    var wanted: EventLoop.Interest = isReading ? .read : []
    if isFull || !output.isEmpty { wanted.insert(.write) }
    guard let registration, wanted != interest else { return }
    interest = wanted
    do {
      try loop.modify(registration, wanted)
    } catch {
      failLater(error)
    }
  }
}
