internal import Glibc

/// What a request's headers ask for, and whether they may (gRPC "HTTP/2 transport mapping", Requests).
enum RequestHead {
  case accepted(Router.Method, timeout: Duration?)
  /// A gRPC call that fails at once.
  case failed(Status)
  /// A proper HTTP request, but no gRPC; the status of HTTP for it.
  case refused(StaticString)
  /// No proper HTTP request (RFC 9113 §8.1.1).
  case malformed

  static func read(_ headers: HeaderBlock, router: Router) -> RequestHead {
    if headers.isTooLarge {
      return .failed(Status(.resourceExhausted, "The call's metadata has \(headers.listSize) bytes, which is too much"))
    }
    guard headers.malformation == nil, headers.count(of: .method) == 1, headers.count(of: .scheme) == 1,
      headers.count(of: .path) == 1, headers.count(of: .authority) <= 1, headers.count(of: .status) == 0,
      let method = headers[.method], let path = headers.text(.path)
    else { return .malformed }
    guard method.isEqual(to: "POST") else { return .refused("405") }
    guard let type = headers[.contentType], isGRPC(type) else { return .refused("415") }
    var timeout: Duration?
    if let text = headers[.timeout] {
      timeout = Timeout.decode(text)
      if timeout == nil { return .failed(Status(.internal, "grpc-timeout is malformed")) }
    }
    if let encoding = headers[.encoding], !encoding.isEqual(to: "identity") {
      let name = String(decoding: encoding, as: UTF8.self)
      return .failed(Status(.unimplemented, "The compression \(name) is not supported; send messages uncompressed"))
    }
    guard let method = router.method(path) else { return .failed(router.unknown(path)) }
    return .accepted(method, timeout: timeout)
  }

  /// `application/grpc`, alone or with the subtype `+proto` or parameters.
  private static func isGRPC(_ type: ArraySlice<UInt8>) -> Bool {
    let essence = type.prefix { $0 != UInt8(ascii: ";") }
    return essence.isEqual(to: "application/grpc") || essence.isEqual(to: "application/grpc+proto")
  }
}

extension ArraySlice<UInt8> {
  fileprivate func isEqual(to text: StaticString) -> Bool {
    count == text.utf8CodeUnitCount
      && withUnsafeBytes { memcmp($0.baseAddress!, text.utf8Start, $0.count) == 0 }
  }
}
