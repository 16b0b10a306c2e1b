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
  /// There are more elements of lists and maps than `BinaryDecodingOptions.maximumElementCount`.
  ///
  /// - Parameters:
  ///   - field: the list or map that went over it.
  ///   - count: its own elements up to there.
  ///   - limit: of all together.
  case tooManyElements(field: String, count: Int, limit: Int)
}

extension BinaryDecodingError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .truncated: "the message ends within a field"
    case .malformedProtobuf: "the message is not in the protobuf format"
    case .invalidUTF8: "a string of the message is not UTF-8"
    case .messageDepthLimit: "the message is nested too deeply"
    case .tooLarge: "the message is too large"
    case .tooManyElements(let field, let count, let limit):
      "all lists and maps of a message may have \(limit) elements together, and its field \(field) goes over that with its "
        + "element \(count); send them in several messages"
    }
  }
}

/// What a decoder accepts.
public struct BinaryDecodingOptions: Sendable {
  /// How many levels of messages and groups may lie within the outermost message.
  public var messageDepthLimit = 100
  /// The largest message. The format itself ends at 2 GiB - 1.
  public var maximumByteCount = Int(Int32.max)
  /// How many elements all lists and maps of the message may have together: one of two bytes may become a value of
  /// hundreds.
  public var maximumElementCount = Int.max

  public init() {}
}
