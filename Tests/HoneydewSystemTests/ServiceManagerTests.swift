import Glibc
import Testing

@testable import HoneydewSystem

@Suite(.timeLimit(.minutes(1)))
struct ServiceManagerTests {
  let directory = TemporaryDirectory()

  @Test(arguments: [false, true])
  func `a manager receives one datagram a message, by path or by abstract name`(isAbstract: Bool) throws {
    let address = (isAbstract ? "@" : "") + directory.file("notify")
    let manager = try Receiver(address)
    let service = try #require(ServiceManager(address: address))
    try service.ready()
    try service.status("4 workers,\n2 jobs\r\n")
    try service.alive()
    try service.extendTimeout(by: .milliseconds(1500))
    try service.stopping()
    #expect(
      manager.messages() == [
        "READY=1", "STATUS=4 workers, 2 jobs", "WATCHDOG=1", "EXTEND_TIMEOUT_USEC=1500000", "STOPPING=1",
      ])
  }

  @Test(arguments: [nil, "", "notify", "./notify", "vsock:2:1"])
  func `without an address that it knows there is no manager`(address: String?) {
    #expect(ServiceManager(address: address) == nil)
  }

  @Test(
    arguments: [
      (nil, nil, nil), ("2000000", nil, .seconds(2)), ("2000000", "0", nil), ("2000000", "\(getpid())", .seconds(2)),
      ("0", nil, nil), ("-1", nil, nil), ("soon", nil, nil),
    ] as [(String?, String?, Duration?)])
  func `a watchdog is one of this process, with a time`(time: String?, pid: String?, interval: Duration?) throws {
    let service = ServiceManager(address: "/notify", watchdogMicroseconds: time, watchdogPid: pid)
    #expect(try #require(service).watchdogInterval == interval)
  }

  @Test func `the manager is found in the environment`() async {
    await #expect(processExitsWith: .success) {
      unsetenv("NOTIFY_SOCKET")
      #expect(ServiceManager.fromEnvironment() == nil)
      let directory = TemporaryDirectory()
      let manager = try Receiver(directory.file("notify"))
      setenv("NOTIFY_SOCKET", directory.file("notify"), 1)
      try ServiceManager.fromEnvironment()?.ready()
      #expect(manager.messages() == ["READY=1"])
    }
  }

  @Test func `a manager that is gone is an error`() throws {
    let path = directory.file("notify")
    let service = try #require(ServiceManager(address: path))
    #expect(throws: Errno(ENOENT, call: "sendto", detail: path)) { try service.ready() }
    _ = try Receiver(path)
    try wait { (try? service.ready()) == nil }
    #expect(throws: Errno(ECONNREFUSED, call: "sendto", detail: path)) { try service.ready() }
  }

  @Test func `a manager that does not read is an error and not a wait`() throws {
    let manager = try Receiver(directory.file("notify"))
    let service = try #require(ServiceManager(address: directory.file("notify")))
    let error = #expect(throws: Errno.self) {
      while true { try service.ready() }
    }
    #expect(error?.number == EAGAIN)
    #expect(Set(manager.messages()) == ["READY=1"])
  }

  @Test(arguments: ["/", "@"])
  func `the longest name works and a longer one is refused`(kind: String) throws {
    let start = kind == "@" ? "@" + directory.path + "/" : directory.path + "/"
    let length = kind == "@" ? 108 : 107
    let longest = start + String(repeating: "x", count: length - start.utf8.count)
    let manager = try Receiver(longest)
    try #require(ServiceManager(address: longest)).ready()
    #expect(manager.messages() == ["READY=1"])
    let error = #expect(throws: Errno.self) { try ServiceManager(address: longest + "x")?.ready() }
    #expect(error?.number == ENAMETOOLONG)
  }
}

/// The socket of a service manager.
private final class Receiver {
  private let socket: FileDescriptor

  init(_ address: String) throws {
    let type = Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
    socket = FileDescriptor(owning: try systemCall("socket") { Glibc.socket(AF_UNIX, type, 0) })
    let isAbstract = address.hasPrefix("@")
    let name = isAbstract ? [0] + Array(address.utf8.dropFirst()) : Array(address.utf8)
    let number = socket.fileNumber
    try UnixSocket.withAddress(
      name: name, length: name.count + (isAbstract ? 0 : 1), call: "bind", detail: address
    ) { bind(number, $0, $1) }
  }

  func messages() -> [String] {
    var messages: [String] = []
    var bytes = [UInt8](repeating: 0, count: 4096)
    while case let count = recv(socket.fileNumber, &bytes, bytes.count, 0), count >= 0 {
      messages.append(String(decoding: bytes[..<count], as: UTF8.self))
    }
    return messages
  }
}
