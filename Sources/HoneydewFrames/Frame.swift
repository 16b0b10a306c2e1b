public import HoneydewProtobuf

/// The framing between the daemon and a worker: a `uint32`, little-endian, then as many bytes of one message.
public enum Frame {
  /// The largest payload. It is checked before anything is allocated for it.
  public static let maximumPayload = 1 << 20

  static let headerSize = 4

  /// The frame that holds `message`. It fails when the message has no bytes (none of its fields is set) or too many.
  public static func encode(_ message: some Message) throws(FrameError) -> [UInt8] {
    try message.serializedBytes { count throws(FrameError) in
      try checkPayload(count)
      return UInt32(count)
    }
  }

  static func checkPayload(_ count: Int) throws(FrameError) {
    guard count > 0 else { throw .empty }
    guard count <= maximumPayload else { throw .tooLarge(count) }
  }
}

/// Why a frame is refused. Neither side ever sends such a frame.
public enum FrameError: Error, Equatable, Sendable {
  /// The payload has no bytes.
  case empty
  /// The payload has, or would have, this many bytes.
  case tooLarge(Int)
}

extension FrameError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .empty: "a frame without a message"
    case .tooLarge(let count): "a frame of \(count) bytes, where \(Frame.maximumPayload) are allowed"
    }
  }
}
