import Glibc
import Testing

@testable import HoneydewSystem

@Suite(.timeLimit(.minutes(1)))
struct UnixSocketTests {
  let directory = TemporaryDirectory()

  @Test(arguments: [0o600 as UInt32, 0o660, 0o666])
  func `a socket has exactly its mode`(mode: UInt32) throws {
    let path = directory.file("s")
    let listener = try UnixSocket.listen(path: path, mode: mode)
    var status = stat()
    #expect(lstat(path, &status) == 0)
    #expect(status.st_mode & 0o7777 == mode)
    listener.close()
  }

  @Test func `client and server meet and know each other`() throws {
    let listener = try UnixSocket.listen(path: directory.file("s"))
    #expect(try isNil(UnixSocket.accept(listener)))
    let client = try UnixSocket.connect(path: directory.file("s"))
    guard let server = try UnixSocket.accept(listener) else {
      Issue.record("nobody came")
      return
    }
    let us = PeerCredentials(pid: getpid(), uid: getuid(), gid: getgid())
    #expect(try UnixSocket.peerCredentials(server.fileNumber) == us)
    #expect(fcntl(server.fileNumber, F_GETFD) == FD_CLOEXEC)
    #expect(fcntl(server.fileNumber, F_GETFL) & O_NONBLOCK != 0)
    #expect(fcntl(client.fileNumber, F_GETFD) == FD_CLOEXEC)
    try send("hello", to: client)
    client.close()
    #expect(try readAll(server) == "hello")
  }

  @Test func `a stale socket is replaced`() throws {
    try UnixSocket.listen(path: directory.file("s")).close()
    try wait { (try? UnixSocket.connect(path: directory.file("s")).close()) == nil }
    let again = try UnixSocket.listen(path: directory.file("s"))
    let client = try UnixSocket.connect(path: directory.file("s"))
    client.close()
    again.close()
  }

  @Test func `a socket on which somebody listens is left alone`() throws {
    let path = directory.file("s")
    let listener = try UnixSocket.listen(path: path)
    let error = #expect(throws: Errno.self) { try UnixSocket.listen(path: path).close() }
    #expect(error?.number == EADDRINUSE)
    #expect(error?.description.contains("another process listens on \(path)") == true)
    try UnixSocket.connect(path: path).close()
    listener.close()
  }

  @Test func `a file that is no socket is left alone`() throws {
    let path = directory.file("s")
    close(open(path, O_CREAT | O_WRONLY, 0o600))
    let error = #expect(throws: Errno.self) { try UnixSocket.listen(path: path).close() }
    #expect(error?.number == EADDRINUSE)
    #expect(error?.description.contains("not a socket") == true)
    #expect(access(path, F_OK) == 0)
  }

  @Test func `a path of 107 bytes is possible and one of 108 is refused with the limit`() throws {
    let longest = directory.file(String(repeating: "x", count: 106 - directory.path.utf8.count))
    #expect(longest.utf8.count == 107)
    let listener = try UnixSocket.listen(path: longest)
    try UnixSocket.connect(path: longest).close()
    listener.close()
    let error = #expect(throws: Errno.self) { try UnixSocket.listen(path: longest + "x").close() }
    #expect(error?.number == ENAMETOOLONG)
    #expect(error?.description.hasSuffix("has 108 bytes, and a socket's path has at most 107") == true)
  }

  @Test func `connecting says why it cannot`() throws {
    #expect(throws: Errno(ENOENT, call: "connect", detail: directory.file("none"))) {
      try UnixSocket.connect(path: directory.file("none")).close()
    }
    try UnixSocket.listen(path: directory.file("s")).close()
    try wait { (try? UnixSocket.connect(path: directory.file("s")).close()) == nil }
    #expect(throws: Errno(ECONNREFUSED, call: "connect", detail: directory.file("s"))) {
      try UnixSocket.connect(path: directory.file("s")).close()
    }
  }

  @Test func `writing to a peer that is gone is an error and not a signal`() throws {
    let pair = try UnixSocket.pair()
    #expect(shutdown(pair.theirs.fileNumber, Int32(SHUT_RDWR)) == 0)
    let ours = FileDescriptor(owning: pair.ours.release())
    #expect(throws: Errno(EPIPE, call: "send")) { try send("x", to: ours) }
  }

  @Test func `an empty and a full socket would block`() throws {
    let pair = try UnixSocket.pair()
    var byte = [UInt8](repeating: 0, count: 65536)
    #expect(try byte.withUnsafeMutableBytes { try pair.ours.read(into: $0) } == .wouldBlock)
    while try byte.withUnsafeBytes({ try pair.ours.send($0) }) != .wouldBlock {}
  }

  private func isNil(_ descriptor: consuming FileDescriptor?) -> Bool {
    switch consume descriptor {
    case .none: true
    case .some: false
    }
  }
}
