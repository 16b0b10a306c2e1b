/// The messages of one call on their way out, each with its gRPC prefix: one byte "compressed" and the length, big-endian
/// (gRPC "HTTP/2 transport mapping", Length-Prefixed-Message). Message bytes are held as they were serialized and copied
/// once, into the output.
struct SendBuffer {
  static let prefixLength = 5

  private var messages: [[UInt8]] = []
  private var first = 0
  /// How much of the first message, prefix included, is gone already.
  private var sent = 0

  /// Bytes that wait, prefixes included.
  private(set) var count = 0
  var isEmpty: Bool { count == 0 }

  mutating func append(_ message: [UInt8]) {
    messages.append(message)
    count += SendBuffer.prefixLength + message.count
  }

  mutating func removeAll() {
    self = SendBuffer()
  }

  /// Moves the next `length` bytes to `output`. There must be that many.
  mutating func move(_ length: Int, to output: inout OutputBuffer) {
    precondition(length <= count, "more moved than there is")
    var left = length
    while left > 0 {
      let message = messages[first]
      if sent < SendBuffer.prefixLength {
        let part = min(left, SendBuffer.prefixLength - sent)
        var prefix = (UInt64(message.count) << 24).bigEndian
        withUnsafeBytes(of: &prefix) { output.append(UnsafeRawBufferPointer(rebasing: $0[sent..<sent + part])) }
        sent += part
        left -= part
      }
      let start = sent - SendBuffer.prefixLength
      if start >= 0 {
        let part = min(left, message.count - start)
        message.withUnsafeBytes { output.append(UnsafeRawBufferPointer(rebasing: $0[start..<start + part])) }
        sent += part
        left -= part
        if sent == SendBuffer.prefixLength + message.count { dropFirst() }
      }
    }
    count -= length
  }

  private mutating func dropFirst() {
    messages[first] = []
    first += 1
    sent = 0
    if first == messages.count {
      messages.removeAll(keepingCapacity: messages.capacity <= 64)
      first = 0
    } else if first >= 64 {
      messages.removeFirst(first)
      first = 0
    }
  }
}
