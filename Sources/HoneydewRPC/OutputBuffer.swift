/// Bytes on their way to the socket: appended at the end, consumed from the front. A little memory is kept for reuse; much
/// goes back.
struct OutputBuffer {
  private var bytes: [UInt8] = []
  private var head = 0

  var count: Int { bytes.count - head }
  var isEmpty: Bool { count == 0 }
  /// The bytes of memory that are held.
  var capacity: Int { bytes.capacity }

  private static let keptCapacity = 8 << 10

  mutating func append(_ more: UnsafeRawBufferPointer) {
    bytes.append(contentsOf: more)
  }

  mutating func append(_ text: StaticString) {
    bytes.append(contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
  }

  /// Drops the first `count` bytes.
  mutating func consume(_ count: Int) {
    precondition(count >= 0 && count <= self.count, "more consumed than there is")
    head += count
    if head == bytes.count {
      bytes.removeAll(keepingCapacity: bytes.capacity <= OutputBuffer.keptCapacity)
      head = 0
    } else if head >= 64 << 10 {
      bytes.removeFirst(head)
      head = 0
    }
  }

  mutating func removeAll() {
    bytes = []
    head = 0
  }

  func withUnsafeBytes<Result, Failure: Error>(
    _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try bytes.withUnsafeBufferPointer { (all) throws(Failure) in
      try body(UnsafeRawBufferPointer(UnsafeBufferPointer(rebasing: all[head...])))
    }
  }
}
