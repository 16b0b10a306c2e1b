import Glibc
import Testing

@testable import HoneydewSystem

@Suite(.timeLimit(.minutes(1)))
struct SocketListenerTests {
  @Test func `connections arrive with who they are, and can be talked to`() throws {
    let server = try Server()
    let client = try server.connect()
    try server.loop.turn()
    #expect(server.peers == [PeerCredentials(pid: getpid(), uid: getuid(), gid: getgid())])
    try send("hello", to: server.connections[0].descriptor)
    var bytes = [UInt8](repeating: 0, count: 16)
    #expect(read(client.descriptor.fileNumber, &bytes, bytes.count) == 5)
  }

  @Test func `a crowd is let in over several turns`() throws {
    let server = try Server()
    let clients = try (0..<100).map { _ in try server.connect() }
    try server.loop.turn()
    #expect(server.connections.count == 64)
    try server.loop.turn()
    #expect(server.connections.count == clients.count)
  }

  @Test func `a listener that is dropped by its handler closes its socket`() throws {
    let server = try Server()
    server.onConnection = { [unowned server] in server.listener = nil }
    let client = try server.connect()
    try server.loop.turn()
    try wait { (try? server.connect()) == nil }
    withExtendedLifetime(client) {}
  }

  @Test func `a process without descriptors pauses, keeps a few for itself, and goes on without losing a client`() async
  {
    await #expect(processExitsWith: .success) {
      try ownDescriptors()
      let server = try Server()
      let clients = try (0..<4).map { _ in try server.connect() }
      var fillers = try exhaustDescriptors(leaving: 1)
      try server.loop.turn()
      #expect(server.connections.count == 1)
      #expect(server.pauses.map { $0?.number } == [EMFILE])
      #expect(server.listener?.isPaused == true)
      let ownFiles = (0..<6).map { _ in dup(0) }
      #expect(ownFiles.allSatisfy { $0 >= 0 } && dup(0) == -1)
      for file in ownFiles { close(file) }
      // These are what it had set free itself.
      server.listener?.resume()
      #expect(server.pauses.count == 1)
      fillers.removeLast()
      server.listener?.resume()
      try server.loop.turn()
      #expect(server.pauses.map { $0?.number } == [EMFILE, nil, EMFILE])
      #expect(server.connections.count == 2)
      fillers.removeAll()
      server.listener?.resume()
      try server.loop.turn()
      #expect(server.pauses.last == .some(nil))
      #expect(server.connections.count == clients.count)
      for connection in server.connections { try send("x", to: connection.descriptor) }
      var byte: UInt8 = 0
      for client in clients { #expect(read(client.descriptor.fileNumber, &byte, 1) == 1) }
    }
  }

  @Test func `a paused listener sleeps, and looks again by itself`() async {
    await #expect(processExitsWith: .success) {
      try ownDescriptors()
      let server = try Server()
      server.listener?.retryInterval = .milliseconds(50)
      let client = try server.connect()
      var fillers = try exhaustDescriptors(leaving: 0)
      try server.loop.turn()
      #expect(server.pauses.count == 1)
      // Each of these turns is one look: the waiting client wakes nobody.
      let start = server.loop.now
      try server.loop.turn()
      try server.loop.turn()
      #expect(server.loop.now - start >= .milliseconds(100))
      #expect(server.pauses.count == 1)
      fillers.removeAll()
      let isAccepted = try server.loop.turn { server.connections.count == 1 }
      #expect(isAccepted && server.listener?.isPaused == false)
      withExtendedLifetime(client) {}
    }
  }

  @Test func `dropping a paused listener ends its looking`() async {
    await #expect(processExitsWith: .success) {
      try ownDescriptors()
      let server = try Server()
      server.listener?.retryInterval = .milliseconds(1)
      let client = try server.connect()
      let fillers = try exhaustDescriptors(leaving: 0)
      try server.loop.turn()
      #expect(server.listener?.isPaused == true)
      server.listener = nil
      var turns = 0
      var isOver = false
      _ = server.loop.schedule(at: Clock.monotonic() + .milliseconds(20)) { isOver = true }
      while !isOver {
        try server.loop.turn()
        turns += 1
      }
      #expect(turns == 1)
      withExtendedLifetime((client, fillers)) {}
    }
  }
}

/// A listener and what it was given.
private final class Server {
  let directory = TemporaryDirectory()
  let loop: EventLoop
  var listener: SocketListener?
  var connections: [Connection] = []
  var peers: [PeerCredentials] = []
  var pauses: [Errno?] = []
  var onConnection: () -> Void = {}

  init() throws {
    loop = try EventLoop(limits: .none)
    let socket = try UnixSocket.listen(path: directory.file("socket"))
    listener = try SocketListener(socket, on: loop) { [unowned self] descriptor, peer in
      connections.append(Connection(descriptor))
      peers.append(peer)
      onConnection()
    }
    listener?.onPause = { [unowned self] in pauses.append($0) }
  }

  func connect() throws -> Connection {
    Connection(try UnixSocket.connect(path: directory.file("socket")))
  }
}

/// A descriptor that an array can hold.
private final class Connection {
  let descriptor: FileDescriptor

  init(_ descriptor: consuming FileDescriptor) {
    self.descriptor = descriptor
  }
}

/// Gives this thread descriptors of its own (`unshare(2)`, which Swift's Glibc module lacks): those of the process's other
/// threads, which belong to the runtime and end it when they can open nothing, are not taken from them.
private func ownDescriptors() throws {
  let cloneFiles: Int32 = 0x400
  let unshare = try #require(dlsym(nil, "unshare"))
  #expect(unsafeBitCast(unshare, to: (@convention(c) (Int32) -> Int32).self)(cloneFiles) == 0)
}

/// Takes all descriptors that this process may have, but a few. For a process of its own: the limit stays.
private func exhaustDescriptors(leaving free: Int) throws -> [Connection] {
  let next = dup(0)
  close(next)
  var limit = rlimit()
  #expect(getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0)
  limit.rlim_cur = rlim_t(next) + 20
  #expect(setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0)
  var fillers: [Connection] = []
  while let filler = try? FileDescriptor(duplicating: 0) { fillers.append(Connection(filler)) }
  fillers.removeLast(free)
  return fillers
}
