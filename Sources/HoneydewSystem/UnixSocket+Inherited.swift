internal import CLinux
import Glibc

extension UnixSocket {
  /// The first descriptor that a service manager hands over (`sd_listen_fds(3)`).
  private static let firstDescriptor: Int32 = 3

  /// Takes over the listening socket that the service manager has made for this process, if it has; once.
  /// - Throws: `EINVAL` when what was handed over is something else.
  public static func inherited() throws(Errno) -> FileDescriptor? {
    func variable(_ name: String) -> String { getenv(name).map { String(cString: $0) } ?? "" }
    guard variable("LISTEN_PID") == String(getpid()), let count = Int(variable("LISTEN_FDS")), count > 0 else {
      return nil
    }
    for name in ["LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"] { unsetenv(name) }
    guard count == 1, option(SO_DOMAIN) == AF_UNIX, option(SO_TYPE) == Int32(SOCK_STREAM.rawValue),
      option(SO_ACCEPTCONN) == 1
    else {
      throw Errno(
        EINVAL, call: "getsockopt", detail: "the socket unit must have one ListenStream=, with a path, and no more")
    }
    let socket = FileDescriptor(owning: firstDescriptor)
    try systemCall("fcntl") { honeydew_set_close_on_exec(firstDescriptor, 1) }
    try socket.setNonblocking(true)
    return socket
  }

  private static func option(_ name: Int32) -> Int32? {
    var value: Int32 = 0
    var length = socklen_t(MemoryLayout<Int32>.size)
    return getsockopt(firstDescriptor, SOL_SOCKET, name, &value, &length) == 0 ? value : nil
  }
}
