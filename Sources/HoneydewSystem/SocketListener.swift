import Glibc

/// Accepts connections in the loop, and stops for a while when descriptors or memory have run out.
///
/// While accepting it keeps a few spare descriptors. Exhaustion gives them back, so that the process can still read a file
/// and start a process, and accepting goes on when there is room for them and a connection: clients wait in the backlog
/// meanwhile and are not turned away.
public final class SocketListener {
  /// Called when accepting stops, with the reason, and with nil when it goes on.
  public var onPause: ((Errno?) -> Void)?
  public private(set) var isPaused = false

  private let loop: EventLoop
  private let socket: FileDescriptor
  private let onConnection: (consuming FileDescriptor, PeerCredentials) -> Void
  private var registration: EventLoop.Registration?
  private var spares: [Spare] = []
  private var retry: TimerToken?

  /// A file below its directory; and a process, which has a pipe each way.
  private static let spareCount = 6
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
    spares = try Self.spares(self.socket)
    registration = try loop.add(self.socket.fileNumber, .read) { [weak self] _ in self?.accept() }
  }

  deinit {
    if let registration { loop.remove(registration) }
    if let retry { loop.cancel(retry) }
  }

  /// Tries to go on. Worth a call when a connection was closed; a timer does it anyway once a second.
  public func resume() {
    guard isPaused, let registration, let reserved = try? Self.spares(socket), let room = try? socket.duplicate() else {
      return
    }
    room.close()
    do {
      try loop.modify(registration, .read)
    } catch {
      return
    }
    spares = reserved
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
    spares = []
    if let registration { try? loop.modify(registration, []) }
    retryLater()
    onPause?(reason)
  }

  private static func spares(_ socket: borrowing FileDescriptor) throws(Errno) -> [Spare] {
    var spares: [Spare] = []
    while spares.count < spareCount { spares.append(Spare(try socket.duplicate())) }
    return spares
  }

  /// A descriptor that can be kept in an array.
  private final class Spare {
    private let descriptor: FileDescriptor
    init(_ descriptor: consuming FileDescriptor) { self.descriptor = descriptor }
  }

  private func retryLater() {
    retry = loop.schedule(at: loop.now + retryInterval) { [weak self] in
      guard let self else { return }
      resume()
      if isPaused { retryLater() }
    }
  }
}
