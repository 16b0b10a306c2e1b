import Glibc

/// Accepts connections in the loop, and stops for a while when descriptors or memory have run out.
///
/// While accepting it keeps one spare descriptor. Exhaustion gives the spare back, so that the process can still open
/// one file, and accepting goes on when there is room for both the spare and a connection: clients wait in the backlog
/// meanwhile and are not turned away.
public final class SocketListener {
  /// Called when accepting stops, with the reason, and with nil when it goes on.
  public var onPause: ((Errno?) -> Void)?
  public private(set) var isPaused = false

  private let loop: EventLoop
  private let socket: FileDescriptor
  private let onConnection: (consuming FileDescriptor, PeerCredentials) -> Void
  private var registration: EventLoop.Registration?
  private var spare: FileDescriptor?
  private var retry: TimerToken?

  private static let connectionsPerTurn = 64
  /// What a connection counts as traffic: about what it takes of memory.
  private static let connectionBytes: UInt64 = 16 << 10
  /// Between two looks of a paused listener.
  var retryInterval = Duration.seconds(1)

  /// Takes over a listening, non-blocking socket. The connections are non-blocking.
  public init(
    _ socket: consuming FileDescriptor, on loop: EventLoop,
    onConnection: @escaping (consuming FileDescriptor, PeerCredentials) -> Void
  ) throws(Errno) {
    self.loop = loop
    self.socket = socket
    self.onConnection = onConnection
    spare = try self.socket.duplicate()
    registration = try loop.add(self.socket.fileNumber, .read) { [weak self] _ in self?.accept() }
  }

  deinit {
    if let registration { loop.remove(registration) }
    if let retry { loop.cancel(retry) }
  }

  /// Tries to go on. Worth a call when a connection was closed; a timer does it anyway once a second.
  public func resume() {
    guard isPaused, let registration, let reserved = try? socket.duplicate(), let room = try? socket.duplicate() else {
      return
    }
    room.close()
    do {
      try loop.modify(registration, .read)
    } catch {
      return
    }
    spare = consume reserved
    isPaused = false
    if let retry { loop.cancel(retry) }
    retry = nil
    onPause?(nil)
  }

  private func accept() {
    for _ in 0..<Self.connectionsPerTurn {
      do {
        guard let connection = try UnixSocket.accept(socket) else { return }
        let peer = try UnixSocket.peerCredentials(connection.fileNumber)
        loop.traffic += Self.connectionBytes
        onConnection(connection, peer)
        if loop.isHandlingOver { return }
      } catch {
        return pause(error)
      }
    }
  }

  private func pause(_ reason: Errno) {
    isPaused = true
    spare = nil
    if let registration { try? loop.modify(registration, []) }
    retryLater()
    onPause?(reason)
  }

  private func retryLater() {
    retry = loop.schedule(at: loop.now + retryInterval) { [weak self] in
      guard let self else { return }
      resume()
      if isPaused { retryLater() }
    }
  }
}
