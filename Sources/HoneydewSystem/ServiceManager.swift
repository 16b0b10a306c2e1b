internal import CLinux
import Glibc

/// Tells a service manager such as systemd how the service is (`sd_notify(3)`): one datagram a message.
public struct ServiceManager: Sendable {
  private let address: String

  /// - Parameter address: the value of `NOTIFY_SOCKET`: a path, or `@` and an abstract name. Nil without a manager.
  public init?(address: String?) {
    guard let address, let first = address.first, first == "/" || first == "@" else { return nil }
    self.address = address
  }

  /// The manager that started this process, if one did.
  public static func fromEnvironment() -> ServiceManager? {
    getenv("NOTIFY_SOCKET").flatMap { ServiceManager(address: String(cString: $0)) }
  }

  /// The service is up.
  public func ready() throws(Errno) { try send("READY=1") }

  /// The service reads its configuration again; `ready` ends that.
  public func reloading() throws(Errno) {
    let (seconds, attoseconds) = Clock.monotonic().components
    try send("RELOADING=1\nMONOTONIC_USEC=\(seconds * 1_000_000 + attoseconds / 1_000_000_000_000)")
  }

  /// The service begins to end.
  public func stopping() throws(Errno) { try send("STOPPING=1") }

  /// One line for people.
  public func status(_ text: String) throws(Errno) {
    try send("STATUS=\(text.split(whereSeparator: \.isNewline).joined(separator: " "))")
  }

  /// Never waits: a manager that does not listen is the error `EAGAIN`.
  private func send(_ message: String) throws(Errno) {
    let socket = FileDescriptor(owning: try systemCall("socket") { honeydew_unix_socket(1, 1) })
    let bytes = Array(message.utf8)
    let deliver = { (address: UnsafePointer<sockaddr>, length: socklen_t) -> Int32 in
      Int32(sendto(socket.fileNumber, bytes, bytes.count, Int32(MSG_NOSIGNAL), address, length))
    }
    guard address.hasPrefix("@") else { return try UnixSocket.withAddress(of: address, call: "sendto", deliver) }
    let name = [0] + Array(address.utf8.dropFirst())
    guard name.count <= UnixSocket.longestPath + 1 else {
      throw Errno(ENAMETOOLONG, call: "sendto", detail: "NOTIFY_SOCKET is \(address)")
    }
    try UnixSocket.withAddress(name: name, length: name.count, call: "sendto", detail: address, deliver)
  }
}
