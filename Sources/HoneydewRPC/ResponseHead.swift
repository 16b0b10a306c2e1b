internal import CNGHTTP2

/// What the headers of a response say (gRPC "HTTP/2 transport mapping", Responses).
enum ResponseHead {
  /// Headers of gRPC; messages or a status follow.
  case grpc
  /// A 1xx response; the real one follows.
  case informational
  /// No gRPC server; the status stands for what it is.
  case foreign(Status)

  static func read(_ headers: HeaderBlock) -> ResponseHead {
    guard headers.count(of: .status) == 1, let text = headers.text(.status), let httpStatus = Int(text) else {
      return .foreign(Status(.internal, "The server's answer has no HTTP status"))
    }
    if (100...199).contains(httpStatus) { return .informational }
    // A status of gRPC counts more than one of HTTP.
    if headers[.grpcStatus] != nil { return .grpc }
    guard httpStatus == 200 else {
      return .foreign(Status(code(httpStatus: httpStatus), "The server answered with HTTP status \(httpStatus)"))
    }
    guard let type = headers[.contentType], type.starts(with: "application/grpc".utf8) else {
      return .foreign(Status(.unknown, "The server's answer is no gRPC: its content-type is not application/grpc"))
    }
    return .grpc
  }

  /// The status that trailers carry.
  static func status(_ trailers: HeaderBlock) -> Status {
    guard let text = trailers.text(.grpcStatus) else {
      return Status(.internal, "The server ended the call without a status")
    }
    let code = Int(text).flatMap(Status.Code.init(rawValue:)) ?? .unknown
    let message = trailers[.grpcMessage].map { PercentEncoding.decode($0) } ?? ""
    return Status(code, message, details: trailers[.statusDetails].flatMap { Base64.decode($0) })
  }

  /// gRPC "HTTP to gRPC status code mapping".
  private static func code(httpStatus: Int) -> Status.Code {
    switch httpStatus {
    case 400: .internal
    case 401: .unauthenticated
    case 403: .permissionDenied
    case 404: .unimplemented
    case 429, 502, 503, 504: .unavailable
    default: .unknown
    }
  }

  /// gRPC "HTTP/2 transport mapping", Errors.
  static func status(http2ErrorCode code: UInt32) -> Status {
    let name = String(cString: nghttp2_http2_strerror(code))
    return switch nghttp2_error_code(code) {
    case NGHTTP2_REFUSED_STREAM: Status(.unavailable, "The server refused the call; try again")
    case NGHTTP2_CANCEL: Status(.cancelled, "The server cancelled the call")
    case NGHTTP2_ENHANCE_YOUR_CALM: Status(.resourceExhausted, "The server asks for fewer calls")
    case NGHTTP2_INADEQUATE_SECURITY: Status(.permissionDenied, "The server finds the connection insecure")
    default: Status(.internal, "The call broke off: \(name)")
    }
  }
}
