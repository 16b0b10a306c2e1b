/// Cuts the bytes of a call's DATA frames into messages, however they arrive. Memory grows with the bytes received, never
/// with the length that a prefix claims.
struct MessageReader {
  /// A longer message is refused.
  let maxMessageBytes: Int
  private var prefix: UInt64 = 0
  private var prefixCount = 0
  private var body: [UInt8] = []

  init(maxMessageBytes: Int) {
    self.maxMessageBytes = maxMessageBytes
  }

  /// The bytes of memory held for a message that is not complete.
  var bufferedBytes: Int { body.capacity }
  /// True between two messages.
  var isAtBoundary: Bool { prefixCount == 0 }

  private var length: Int { Int(prefix & 0xFFFF_FFFF) }

  /// Takes bytes from the front of `input`, up to the end of the next message. Nil if the input ends before.
  mutating func next(from input: inout UnsafeRawBufferPointer) throws(Status) -> [UInt8]? {
    if prefixCount < SendBuffer.prefixLength {
      while prefixCount < SendBuffer.prefixLength, let byte = input.first {
        prefix = prefix << 8 | UInt64(byte)
        prefixCount += 1
        input = UnsafeRawBufferPointer(rebasing: input.dropFirst())
      }
      guard prefixCount == SendBuffer.prefixLength else { return nil }
      try checkPrefix()
    }
    let part = min(length - body.count, input.count)
    reserve(body.count + part)
    body.append(contentsOf: input[..<part])
    input = UnsafeRawBufferPointer(rebasing: input[part...])
    guard body.count == length else { return nil }
    defer { removeAll() }
    return body
  }

  /// Grows by doubling, but never beyond the message.
  private mutating func reserve(_ count: Int) {
    guard count > body.capacity else { return }
    body.reserveCapacity(min(length, max(count, 2 * body.capacity)))
  }

  /// Forgets the message that is not complete.
  mutating func removeAll() {
    prefix = 0
    prefixCount = 0
    body = []
  }

  private func checkPrefix() throws(Status) {
    switch prefix >> 32 {
    case 0: break
    case 1: throw Status(.internal, "The message is marked as compressed, but the call named no compression")
    default: throw Status(.internal, "The message's first byte is neither 0 nor 1: this is not gRPC framing")
    }
    guard length <= maxMessageBytes else {
      throw .error(
        .resourceExhausted, "The message has \(length) bytes; at most \(maxMessageBytes) are accepted",
        reason: "MESSAGE_TOO_LARGE")
    }
  }
}
