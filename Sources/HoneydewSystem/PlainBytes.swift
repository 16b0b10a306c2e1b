/// Tells whether a JSON string holds text as it is, eight bytes at a time.
enum PlainBytes {
  private static let ones: UInt64 = 0x0101_0101_0101_0101
  private static let highs: UInt64 = 0x8080_8080_8080_8080

  /// Whether every byte stands for itself, whatever is around it: ASCII that can be seen, or a space, and neither quote
  /// nor backslash.
  static func are(_ bytes: UnsafeRawBufferPointer) -> Bool {
    var offset = 0
    while offset + 8 <= bytes.count {
      guard arePlain(bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self)) else { return false }
      offset += 8
    }
    // What is left of a last word, filled up with plain bytes.
    var rest = ones &* UInt64(UInt8(ascii: "0"))
    while offset < bytes.count {
      rest = rest << 8 | UInt64(bytes[offset])
      offset += 1
    }
    return arePlain(rest)
  }

  private static func arePlain(_ word: UInt64) -> Bool {
    let below = word &- ones &* 0x20
    let special = zeros(word ^ ones &* UInt64(UInt8(ascii: "\""))) | zeros(word ^ ones &* UInt64(UInt8(ascii: "\\")))
    return (word | below | special | zeros(word ^ ones &* 0x7F)) & highs == 0
  }

  /// The high bit of the lowest byte that is zero, perhaps with others above it; nothing when no byte is.
  private static func zeros(_ word: UInt64) -> UInt64 { (word &- ones) & ~word }
}
