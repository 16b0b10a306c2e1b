/// The descriptor of a .proto file, for server reflection.
public struct ProtoFileDescriptor: Sendable {
  /// As it is imported, such as `grpc/health/v1/health.proto`.
  public let name: String
  /// The names of the files that it imports.
  public let dependencies: [String]
  /// The full names of its messages, enumerations, services and methods.
  public let symbols: [String]
  private let base64: StaticString

  /// - Parameter base64: a serialized `google.protobuf.FileDescriptorProto`, with padding and without white space.
  public init(name: String, dependencies: [String], symbols: [String], base64: StaticString) {
    self.name = name
    self.dependencies = dependencies
    self.symbols = symbols
    self.base64 = base64
  }

  /// The serialized `google.protobuf.FileDescriptorProto`, decoded at each call.
  public var serialized: [UInt8] {
    decodeBase64("\(base64)")
  }
}

/// Decodes base64 (RFC 4648, section 4) that our generator has written.
private func decodeBase64(_ text: String) -> [UInt8] {
  var bytes: [UInt8] = []
  bytes.reserveCapacity(text.utf8.count / 4 * 3)
  var bits: UInt32 = 0
  var bitCount = 0
  for character in text.utf8 {
    guard let sextet = base64Value(character) else { break }
    bits = bits << 6 | UInt32(sextet)
    bitCount += 6
    if bitCount >= 8 {
      bitCount -= 8
      bytes.append(UInt8(truncatingIfNeeded: bits >> UInt32(bitCount)))
    }
  }
  return bytes
}

private func base64Value(_ character: UInt8) -> UInt8? {
  switch character {
  case UInt8(ascii: "A")...UInt8(ascii: "Z"): character - UInt8(ascii: "A")
  case UInt8(ascii: "a")...UInt8(ascii: "z"): character - UInt8(ascii: "a") + 26
  case UInt8(ascii: "0")...UInt8(ascii: "9"): character - UInt8(ascii: "0") + 52
  case UInt8(ascii: "+"): 62
  case UInt8(ascii: "/"): 63
  default: nil
  }
}
