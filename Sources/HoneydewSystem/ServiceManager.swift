internal import CLinux
import Glibc

/// Tells a service manager such as systemd how the service is (`sd_notify(3)`): one datagram a message.
public struct ServiceManager: Sendable {
  private let address: String
  /// Without a watchdog message for so long, the manager takes the service for hung (`sd_watchdog_enabled(3)`); nil is never.
  public let watchdogInterval: Duration?

  /// - Parameters:
  ///   - address: the value of `NOTIFY_SOCKET`: a path, or `@` and an abstract name. Nil without a manager.
  ///   - watchdogMicroseconds: the value of `WATCHDOG_USEC`.
  ///   - watchdogPid: the value of `WATCHDOG_PID`, the process that is watched; nil is this one.
  public init?(address: String?, watchdogMicroseconds: String? = nil, watchdogPid: String? = nil) {
    guard let address, let first = address.first, first == "/" || first == "@" else { return nil }
    self.address = address
    let interval = watchdogMicroseconds.flatMap { Int64($0) }.flatMap { $0 > 0 ? Duration.microseconds($0) : nil }
    watchdogInterval = watchdogPid == nil || watchdogPid == String(getpid()) ? interval : nil
  }

  /// The manager that started this process, if one did.
  public static func fromEnvironment() -> ServiceManager? {
    func variable(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }
    return ServiceManager(
      address: variable("NOTIFY_SOCKET"), watchdogMicroseconds: variable("WATCHDOG_USEC"),
      watchdogPid: variable("WATCHDOG_PID"))
  }

  /// The service is up.
  public func ready() throws(Errno) { try send("READY=1") }

  /// The service reads its configuration again; `ready` ends that.
  public func reloading() throws(Errno) {
    try send("RELOADING=1\nMONOTONIC_USEC=\(Clock.monotonic().wholeMicroseconds)")
  }

  /// The service is not hung.
  public func alive() throws(Errno) { try send("WATCHDOG=1") }

  /// The start or the stop that goes on may take so long from now.
  public func extendTimeout(by time: Duration) throws(Errno) {
    try send("EXTEND_TIMEOUT_USEC=\(time.wholeMicroseconds)")
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
