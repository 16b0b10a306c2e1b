/// Why bytes are not an encoded message.
public enum BinaryDecodingError: Error, Equatable, Sendable {
  /// The bytes end within a field.
  case truncated
  /// A tag, a length or a number has no meaning, or a group is not closed where it should be.
  case malformedProtobuf
  /// A `string` field holds bytes that are not UTF-8.
  case invalidUTF8
  /// Messages or groups are nested deeper than `BinaryDecodingOptions.messageDepthLimit`.
  case messageDepthLimit
  /// There are more bytes than `BinaryDecodingOptions.maximumByteCount`.
  case tooLarge
}

extension BinaryDecodingError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .truncated: "the message ends within a field"
    case .malformedProtobuf: "the message is not in the protobuf format"
    case .invalidUTF8: "a string of the message is not UTF-8"
    case .messageDepthLimit: "the message is nested too deeply"
    case .tooLarge: "the message is too large"
    }
  }
}

/// What a decoder accepts.
public struct BinaryDecodingOptions: Sendable {
  /// How many levels of messages and groups may lie within the outermost message.
  public var messageDepthLimit = 100
  /// The largest message. The format itself ends at 2 GiB - 1.
  public var maximumByteCount = Int(Int32.max)

  public init() {}
}
