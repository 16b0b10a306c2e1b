import Glibc

@testable import HoneydewSystem

/// A terminal of which the test is the screen and the keyboard.
final class PseudoTerminal {
  let master: FileDescriptor
  let slave: FileDescriptor

  init() throws {
    // ioctl_tty(2): TIOCSPTLCK unlocks the other side, TIOCGPTN tells its number.
    master = try Files.open("/dev/ptmx", flags: O_RDWR | O_NOCTTY)
    let descriptor = master.fileNumber
    var lock: Int32 = 0
    try systemCall("ioctl") { ioctl(descriptor, 0x4004_5431, &lock) }
    var number: UInt32 = 0
    try systemCall("ioctl") { ioctl(descriptor, 0x8004_5430, &number) }
    slave = try Files.open("/dev/pts/\(number)", flags: O_RDWR | O_NOCTTY)
  }

  /// What the keyboard sends.
  func type(_ text: String) throws {
    try master.writeAll(Array(text.utf8))
  }

  /// What the screen has shown so far.
  func screen() throws -> String {
    try master.setNonblocking(true)
    defer { try? master.setNonblocking(false) }
    var bytes = [UInt8](repeating: 0, count: 65536)
    guard case .read(let count) = try bytes.withUnsafeMutableBytes({ try master.read(into: $0) }) else { return "" }
    return String(decoding: bytes[..<count], as: UTF8.self)
  }

  var attributes: termios {
    get throws {
      var attributes = termios()
      let number = slave.fileNumber
      try systemCall("tcgetattr") { tcgetattr(number, &attributes) }
      return attributes
    }
  }
}
