internal import CCurl
import Glibc

/// The connection that an exchange left open for the next one.
///
/// HTTP/1.1 does not say to which request an answer belongs: what has come before a request would pass for the answer to
/// it (RFC 9112 section 9.2). libcurl looks only whether the connection has ended.
struct KeptConnection {
  let socket: Int32
  /// Its answers name their requests, and the peer sends frames of its own at any time.
  let isMultiplexed: Bool

  /// - Parameter easy: has just ended an exchange that succeeded.
  /// - Returns: nil when the exchange has left none.
  init?(of easy: UnsafeMutableRawPointer) {
    var socket: Int32 = -1
    honeydew_curl_get_socket(easy, CURLINFO_ACTIVESOCKET, &socket)
    guard socket >= 0 else { return nil }
    var version = 0
    honeydew_curl_get_long(easy, CURLINFO_HTTP_VERSION, &version)
    self.socket = socket
    isMultiplexed = version >= Int(CURL_HTTP_VERSION_2_0)
  }

  /// Whether a request may be sent on it: nothing may be there to be read, not even its end.
  ///
  /// - Parameter easy: holds the connection, and is about to send.
  func admitsRequest(of easy: UnsafeMutableRawPointer) -> Bool {
    guard !isMultiplexed else { return true }
    var entry = pollfd(fd: socket, events: Int16(POLLIN | POLLPRI), revents: 0)
    return poll(&entry, 1, 0) == 0 && honeydew_curl_tls_has_input(easy) == 0
  }
}
