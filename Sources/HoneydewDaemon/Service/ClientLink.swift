internal import HoneydewRPC
internal import HoneydewSystem

/// One client's connection: the socket's bytes on one side, gRPC on the other.
final class ClientLink {
  /// What leaves in one turn; the rest waits on the gRPC side, where flow control bounds it, and other clients are served
  /// in between.
  private static let outputLimit = 128 << 10
  /// How long a client may take to read the last output of a finished connection.
  private static let farewellLimit = Duration.seconds(5)

  /// Called when there is something to flush; once until that is done.
  var onOutput: (ClientLink) -> Void = { _ in }
  var onClose: () -> Void = {}

  private let loop: EventLoop
  private let stream: StreamChannel
  private let connection: ServerConnection
  /// When the last output is given up (monotonic time), once the connection is finished.
  private var farewell: Duration?
  private var timer: (deadline: Duration, token: TimerToken)?
  /// What may still leave in the turn that began at a moment.
  private var room = 0
  private var roomIsOf: Duration?
  private var awaitsFlush = false
  private var isClosed = false
  private var isHalfClosed = false
  private var isBroken = false

  init(
    _ socket: consuming FileDescriptor, of peer: Peer, router: Router, budget: MemoryBudget, loop: EventLoop
  ) throws(Errno) {
    self.loop = loop
    stream = try StreamChannel(socket, on: loop, outputLimit: 0)
    connection = ServerConnection(router: router, budget: budget, now: loop.now)
    connection.peer = peer
    connection.onOutput = { [unowned self] in askForFlush() }
    stream.onInput = { [unowned self] in receive($0) }
    stream.onEnd = { [unowned self] _ in close() }
    stream.onDrained = { [unowned self] in flush() }
  }

  func shutDown() {
    connection.shutDown()
    askForFlush()
  }

  func askForFlush() {
    guard !awaitsFlush else { return }
    awaitsFlush = true
    onOutput(self)
  }

  /// Writes what the client takes, and closes when nothing more will come.
  func flush() {
    awaitsFlush = false
    guard !isClosed else { return }
    if !stream.isFull {
      if roomIsOf != loop.now { (room, roomIsOf) = (Self.outputLimit, loop.now) }
      connection.withOutput { bytes in
        let written = stream.write(UnsafeRawBufferPointer(rebasing: bytes.prefix(room)))
        room -= written
        return written
      }
      if room == 0, connection.hasOutput {
        _ = loop.schedule(at: loop.now) { [weak self] in self?.askForFlush() }
      }
    }
    let isFinished = connection.isFinished
    if isFinished, !isHalfClosed {
      guard !isBroken else { return close() }
      // To close first would break what the client is sending, and with it what it has yet to read.
      isHalfClosed = true
      stream.endOutput()
    }
    if isFinished, farewell == nil { farewell = loop.now + Self.farewellLimit }
    scheduleDeadline()
  }

  private func receive(_ bytes: UnsafeRawBufferPointer) {
    guard !isHalfClosed else { return }
    do {
      try connection.receive(bytes, now: loop.now)
    } catch {
      // The peer broke the protocol; what the connection says about that still leaves with the flush.
      stream.isReading = false
      isBroken = true
    }
    askForFlush()
  }

  private func scheduleDeadline() {
    let next = farewell ?? connection.nextDeadline
    guard next != timer?.deadline else { return }
    if let timer { loop.cancel(timer.token) }
    timer = next.map { deadline in
      let token = loop.schedule(at: deadline) { [unowned self] in
        timer = nil
        guard farewell == nil else { return close() }
        connection.expire(now: loop.now)
        askForFlush()
      }
      return (deadline, token)
    }
  }

  private func close() {
    guard !isClosed else { return }
    isClosed = true
    if let timer { loop.cancel(timer.token) }
    timer = nil
    connection.abort()
    onClose()
  }
}
