import Glibc
import HoneydewSystem

/// The floor of everything that two processes say to each other: a process that sends back each byte, and does nothing
/// else. It is this program, started again.
final class EchoPeer {
  static let argument = "--echo"
  private static let messageBytes = 64

  private let socket: FileDescriptor
  private let process: ChildProcess
  private var message = [UInt8](repeating: 0x55, count: messageBytes)

  init() throws {
    let pair = try UnixSocket.pair()
    let path = try Files.realPath("/proc/self/exe")
    process = try ChildProcess(
      ChildProcess.Command(
        path: path, arguments: [path, Self.argument], environment: [], channel: pair.theirs.fileNumber))
    try pair.ours.setNonblocking(false)
    socket = pair.ours
    try pingPong()
  }

  /// One round trip, with reads and writes that block.
  func pingPong() throws {
    let sent = write(socket.fileNumber, message, message.count)
    let received = read(socket.fileNumber, &message, message.count)
    guard sent == message.count, received == message.count else { throw BenchmarkError("the echo broke off") }
  }

  /// The other process's side.
  static func run() -> Int32 {
    var message = [UInt8](repeating: 0, count: messageBytes)
    while true {
      let count = read(3, &message, message.count)
      guard count > 0, write(3, message, count) == count else { return 0 }
    }
  }
}
