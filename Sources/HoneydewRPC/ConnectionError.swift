internal import CNGHTTP2

/// Why a connection cannot go on. Its output then holds the last bytes for the peer: flush it, then close.
public enum ConnectionError: Error, Equatable, Sendable {
  /// The peer speaks something else. If it looked like HTTP/1, a short text tells it so.
  case notHTTP2
  /// The peer makes work and does not read the answers.
  case flooded
  /// The peer broke HTTP/2, or nghttp2 met an error it cannot mend; the text is nghttp2's.
  case brokenProtocol(String)

  init(nghttp2Code code: Int32) {
    switch code {
    case NGHTTP2_ERR_BAD_CLIENT_MAGIC.rawValue: self = .notHTTP2
    case NGHTTP2_ERR_FLOODED.rawValue: self = .flooded
    default: self = .brokenProtocol(String(cString: nghttp2_strerror(code)))
    }
  }

  init(http2Code code: UInt32) {
    self = .brokenProtocol(String(cString: nghttp2_http2_strerror(code)))
  }
}

extension ConnectionError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .notHTTP2: "they are not HTTP/2"
    case .flooded: "the peer reads no answers"
    case .brokenProtocol(let text): text
    }
  }
}
