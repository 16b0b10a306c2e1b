/// Why a message cannot be encoded.
public enum BinaryEncodingError: Error, Equatable, Sendable {
  /// The message would have more than 2 GiB - 1, the limit of the format.
  case tooLarge

  static let maximumByteCount = Int(Int32.max)
}

extension BinaryEncodingError: CustomStringConvertible {
  public var description: String { "the message is larger than 2 GiB" }
}
