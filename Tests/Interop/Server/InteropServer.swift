import Glibc
import HoneydewRPC
import HoneydewSystem

/// Serves the test service, health and reflection on a Unix socket until SIGTERM, then drains.
final class InteropServer {
  private let loop: EventLoop
  private let router: Router
  private let health = HealthService()
  private let service: TestService
  private var sockets: [ObjectIdentifier: Socket] = [:]
  private var listener: SocketListener?
  private var signals: SignalSource?
  private var isDraining = false

  init(path: String) throws(Errno) {
    loop = try EventLoop()
    service = TestService(loop)
    var router = Router()
    router.add(service)
    router.add(health)
    router.addReflection()
    self.router = router
    health.set(service: "grpc.testing.TestService", serving: true)
    service.onHealth = { [health] in health.set(service: "grpc.testing.TestService", serving: $0) }
    listener = try SocketListener(try UnixSocket.listen(path: path), on: loop) { [unowned self] in accept($0, $1) }
    signals = try SignalSource([SIGTERM], on: loop) { [unowned self] _ in drain() }
  }

  func run() throws(Errno) {
    while !isDraining || !sockets.isEmpty { try loop.turn() }
  }

  private func accept(_ descriptor: consuming FileDescriptor, _ peer: PeerCredentials) {
    let connection = ServerConnection(router: router, now: loop.now)
    connection.peer = Peer(userID: peer.uid, processID: peer.pid)
    let socket = try? Socket(
      descriptor, connection, on: loop, onClose: { [unowned self] in sockets[ObjectIdentifier($0)] = nil })
    if let socket { sockets[ObjectIdentifier(socket)] = socket }
  }

  private func drain() {
    guard !isDraining else { return }
    isDraining = true
    listener = nil
    health.shutDown()
    for socket in sockets.values {
      (socket.connection as? ServerConnection)?.shutDown()
      socket.flush()
    }
  }
}
