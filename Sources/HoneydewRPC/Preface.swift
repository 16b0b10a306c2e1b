/// The first bytes of a connection: HTTP/2's client preface (RFC 9113 §3.4), or what another protocol begins with.
struct Preface {
  enum Verdict {
    case undecided, http2, http1, other
  }

  private static let expected = Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8)

  /// The answer to HTTP/1.
  static let http1Answer: StaticString = """
    HTTP/1.1 400 Bad Request\r
    Content-Type: text/plain\r
    Content-Length: 105\r
    Connection: close\r
    \r
    This is Honeydew's gRPC socket. It speaks HTTP/2 without TLS; use the honeydew command or a gRPC client.

    """

  private(set) var seen: [UInt8] = []

  /// Looks at the next bytes. `seen` holds all that was looked at while `undecided`.
  mutating func examine(_ bytes: UnsafeRawBufferPointer) -> Verdict {
    seen.append(contentsOf: bytes.prefix(Preface.expected.count - seen.count))
    if Preface.expected.starts(with: seen) {
      return seen.count == Preface.expected.count ? .http2 : .undecided
    }
    let isMethod = seen.first.map { $0 >= UInt8(ascii: "A") && $0 <= UInt8(ascii: "Z") } ?? false
    return isMethod ? .http1 : .other
  }
}
