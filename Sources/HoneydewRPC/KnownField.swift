internal import Glibc

/// The header fields that HTTP/2 and gRPC give a meaning; all others are the application's.
enum KnownField: UInt8, CaseIterable {
  case method, scheme, path, authority, status
  case contentType, timeout, encoding
  case grpcStatus, grpcMessage, statusDetails
  case connection, transferEncoding

  var name: StaticString {
    switch self {
    case .method: ":method"
    case .scheme: ":scheme"
    case .path: ":path"
    case .authority: ":authority"
    case .status: ":status"
    case .contentType: "content-type"
    case .timeout: "grpc-timeout"
    case .encoding: "grpc-encoding"
    case .grpcStatus: "grpc-status"
    case .grpcMessage: "grpc-message"
    case .statusDetails: "grpc-status-details-bin"
    case .connection: "connection"
    case .transferEncoding: "transfer-encoding"
    }
  }

  /// nil for a name of the application's.
  init?(_ name: UnsafeBufferPointer<UInt8>) {
    switch name.count {
    case 5 where Self.path.isName(name): self = .path
    case 7 where Self.method.isName(name): self = .method
    case 7 where Self.scheme.isName(name): self = .scheme
    case 7 where Self.status.isName(name): self = .status
    case 10 where Self.authority.isName(name): self = .authority
    case 10 where Self.connection.isName(name): self = .connection
    case 11 where Self.grpcStatus.isName(name): self = .grpcStatus
    case 12 where Self.contentType.isName(name): self = .contentType
    case 12 where Self.timeout.isName(name): self = .timeout
    case 12 where Self.grpcMessage.isName(name): self = .grpcMessage
    case 13 where Self.encoding.isName(name): self = .encoding
    case 17 where Self.transferEncoding.isName(name): self = .transferEncoding
    case 23 where Self.statusDetails.isName(name): self = .statusDetails
    default: return nil
    }
  }

  /// - Parameter text: as long as the name.
  private func isName(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
    text.baseAddress.map { memcmp($0, name.utf8Start, text.count) == 0 } ?? false
  }
}
