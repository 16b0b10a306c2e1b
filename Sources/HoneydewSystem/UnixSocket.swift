internal import CLinux
import Glibc

/// Who is at the other end of a Unix socket, as the kernel recorded it when the connection was made (`SO_PEERCRED`).
public struct PeerCredentials: Equatable, Sendable {
  public let pid: Int32
  public let uid: UInt32
  public let gid: UInt32
}

/// Two connected stream sockets, both close-on-exec.
@frozen public struct SocketPair: ~Copyable {
  /// Non-blocking: for the loop.
  public var ours: FileDescriptor
  /// Blocking: for a child.
  public var theirs: FileDescriptor
}

/// Stream sockets in the file system (`unix(7)`).
public enum UnixSocket {
  /// The longest path that the kernel takes, in bytes.
  public static let longestPath = 107

  /// Binds a non-blocking listening socket at `path` with exactly these permissions.
  ///
  /// The permissions hold from the moment the file is there. A socket file that nobody listens on is replaced.
  /// - Throws: `EADDRINUSE` when somebody listens there or another kind of file is in the way; `ENAMETOOLONG`.
  public static func listen(path: String, mode: UInt32 = 0o600, backlog: Int32 = 128) throws(Errno) -> FileDescriptor {
    let socket = FileDescriptor(owning: try systemCall("socket") { honeydew_unix_socket(0, 1) })
    // A socket's file is created with the mode of the socket itself, less the umask. Later its path might be another's.
    try systemCall("fchmod") { fchmod(socket.fileNumber, mode) }
    let before = umask(0)
    defer { umask(before) }
    do {
      try withAddress(of: path, call: "bind") { bind(socket.fileNumber, $0, $1) }
    } catch {
      guard error.number == EADDRINUSE else { throw error }
      try removeStale(path, inTheWay: error)
      try withAddress(of: path, call: "bind") { bind(socket.fileNumber, $0, $1) }
    }
    try systemCall("listen", detail: path) { Glibc.listen(socket.fileNumber, backlog) }
    return socket
  }

  /// Only a refused connection proves that nobody listens.
  private static func removeStale(_ path: String, inTheWay error: Errno) throws(Errno) {
    var status = stat()
    try systemCall("lstat", detail: path) { lstat(path, &status) }
    guard status.st_mode & S_IFMT == S_IFSOCK else {
      throw error.with(detail: "\(path) is not a socket; move it away")
    }
    do {
      let other = try connect(path: path)
      other.close()
    } catch {
      guard error.number == ECONNREFUSED else { throw error }
      try systemCall("unlink", detail: path) { unlink(path) }
      return
    }
    throw error.with(detail: "another process listens on \(path)")
  }

  /// Connects a blocking socket.
  /// - Parameter patience: how long to wait for a place in a full backlog; nil waits for ever.
  /// - Throws: `ENOENT` without a socket file, `ECONNREFUSED` without a listener, `EACCES` without the right, `EAGAIN` when
  ///   the backlog stays full.
  public static func connect(path: String, patience: Duration? = nil) throws(Errno) -> FileDescriptor {
    let socket = FileDescriptor(owning: try systemCall("socket") { honeydew_unix_socket(0, 0) })
    if let patience {
      let microseconds = max(1, patience.nanosecondsRoundedUp / 1000)
      try systemCall("setsockopt") { honeydew_set_send_timeout(socket.fileNumber, microseconds) }
    }
    try withAddress(of: path, call: "connect") { Glibc.connect(socket.fileNumber, $0, $1) }
    return socket
  }

  /// Takes the next waiting connection, non-blocking; nil when there is none.
  /// - Throws: `EMFILE`, `ENFILE`, `ENOBUFS`, `ENOMEM` while the system is exhausted: the connection goes on waiting.
  public static func accept(_ listener: borrowing FileDescriptor) throws(Errno) -> FileDescriptor? {
    let fileNumber = listener.fileNumber
    while true {
      do {
        guard let number = try nonblockingCall("accept", { honeydew_accept(fileNumber) }) else { return nil }
        return FileDescriptor(owning: number)
      } catch {
        // This one was gone before its turn; the next may be waiting.
        guard error.number == ECONNABORTED else { throw error }
      }
    }
  }

  /// Where a socket is bound; nil for one that has no file.
  public static func path(of socket: borrowing FileDescriptor) -> String? {
    var address = sockaddr_un()
    var length = socklen_t(MemoryLayout<sockaddr_un>.size)
    let number = socket.fileNumber
    let result = withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(number, $0, &length) }
    }
    guard result == 0 else { return nil }
    let path = withUnsafeBytes(of: address.sun_path) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
    return path.isEmpty ? nil : path
  }

  public static func peerCredentials(_ fileNumber: Int32) throws(Errno) -> PeerCredentials {
    var pid: Int32 = 0
    var uid: UInt32 = 0
    var gid: UInt32 = 0
    try systemCall("getsockopt") { honeydew_peer_credentials(fileNumber, &pid, &uid, &gid) }
    return PeerCredentials(pid: pid, uid: uid, gid: gid)
  }

  /// All groups of the process at the other end, as the kernel recorded them when the connection was made.
  public static func peerGroups(_ fileNumber: Int32) throws(Errno) -> [UInt32] {
    // No process has more (NGROUPS_MAX in limits.h).
    var groups = [UInt32](repeating: 0, count: 65536)
    let count = try systemCall("getsockopt") { honeydew_peer_groups(fileNumber, &groups, Int32(groups.count)) }
    return [try peerCredentials(fileNumber).gid] + groups.prefix(Int(count))
  }

  public static func pair() throws(Errno) -> SocketPair {
    var ends: (Int32, Int32) = (-1, -1)
    try systemCall("socketpair") {
      withUnsafeMutableBytes(of: &ends) { honeydew_socket_pair($0.assumingMemoryBound(to: Int32.self).baseAddress) }
    }
    let pair = SocketPair(ours: FileDescriptor(owning: ends.0), theirs: FileDescriptor(owning: ends.1))
    try pair.ours.setNonblocking(true)
    return pair
  }

  static func withAddress(
    of path: String, call: String, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32
  ) throws(Errno) {
    let bytes = Array(path.utf8)
    guard bytes.count <= longestPath else {
      let advice = "\(path) has \(bytes.count) bytes, and a socket's path has at most \(longestPath)"
      throw Errno(ENAMETOOLONG, call: call, detail: advice)
    }
    try withAddress(name: bytes, length: bytes.count + 1, call: call, detail: path, body)
  }

  /// `length` counts the final zero byte of a path; an abstract name (first byte 0) has none.
  static func withAddress(
    name: [UInt8], length: Int, call: String, detail: String, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32
  ) throws(Errno) {
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: name) }
    let size = MemoryLayout<sockaddr_un>.offset(of: \.sun_path).unsafelyUnwrapped + length
    try systemCall(call, detail: detail) {
      withUnsafePointer(to: &address) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, socklen_t(size)) }
      }
    }
  }
}
