internal import Glibc
internal import HoneydewSystem

/// A host and a port that can be connected to.
struct NetworkPlace: Equatable {
  let host: String
  let port: String

  /// - Parameter url: `http://` or `https://`, as environments have it.
  init?(url: String) {
    let isSecure = url.hasPrefix("https://")
    guard isSecure || url.hasPrefix("http://") else { return nil }
    var authority = url.dropFirst(isSecure ? 8 : 7).prefix { !"/?#".contains($0) }
    if authority.hasPrefix("["), let end = authority.firstIndex(of: "]") {
      host = String(authority[authority.index(after: authority.startIndex)..<end])
      authority = authority[authority.index(after: end)...]
    } else {
      host = String(authority.prefix { $0 != ":" })
      authority = authority.dropFirst(host.utf8.count)
    }
    port = authority.hasPrefix(":") ? String(authority.dropFirst()) : isSecure ? "443" : "80"
    if host.isEmpty || port.isEmpty { return nil }
  }

  /// Tries to connect.
  /// - Returns: why that failed; nil when it did not.
  func problem(within limit: Duration) -> String? {
    var hints = addrinfo()
    hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
    var list: UnsafeMutablePointer<addrinfo>?
    let result = getaddrinfo(host, port, &hints, &list)
    guard result == 0 else { return String(cString: gai_strerror(result)) }
    defer { freeaddrinfo(list) }
    let deadline = Clock.monotonic() + limit
    var problem = "it has no address"
    var entry = list
    while let address = entry?.pointee {
      guard let failure = failure(of: address, deadline) else { return nil }
      problem = failure
      entry = address.ai_next
    }
    return problem
  }

  private func failure(of address: addrinfo, _ deadline: Duration) -> String? {
    let type = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
    let number = socket(address.ai_family, type, 0)
    guard number >= 0 else { return String(cString: strerror(errno)) }
    let socket = FileDescriptor(owning: number)
    guard connect(socket.fileNumber, address.ai_addr, address.ai_addrlen) != 0 else { return nil }
    guard errno == EINPROGRESS else { return String(cString: strerror(errno)) }
    var ready = pollfd(fd: socket.fileNumber, events: Int16(POLLOUT), revents: 0)
    let left = max(.zero, deadline - Clock.monotonic())
    let milliseconds = left.components.seconds * 1000 + left.components.attoseconds / 1_000_000_000_000_000
    guard poll(&ready, 1, Int32(milliseconds)) == 1 else { return "no answer in time" }
    var error: Int32 = 0
    var length = socklen_t(MemoryLayout<Int32>.size)
    guard getsockopt(socket.fileNumber, SOL_SOCKET, SO_ERROR, &error, &length) == 0 else {
      return String(cString: strerror(errno))
    }
    return error == 0 ? nil : String(cString: strerror(error))
  }
}
