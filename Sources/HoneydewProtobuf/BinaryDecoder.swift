/// Reads the binary format from bytes in memory. Every read is checked against the end of the innermost message.
public struct BinaryDecoder {
  @usableFromInline let bytes: [UInt8]
  @usableFromInline private(set) var position = 0
  private var end: Int
  private var levelsLeft: Int
  private let elementLimit: Int
  private var elementsLeft: Int
  /// Of the field whose tag was read last.
  @usableFromInline private(set) var wireType = WireType.varint
  /// Whether a field of the message has taken the value after the last tag.
  @usableFromInline var isConsumed = false

  init(_ bytes: [UInt8], _ options: BinaryDecodingOptions) {
    self.bytes = bytes
    end = bytes.count
    levelsLeft = options.messageDepthLimit
    elementLimit = options.maximumElementCount
    elementsLeft = elementLimit
  }

  @usableFromInline var isAtEnd: Bool { position == end }
  var bytesLeft: Int { end - position }

  /// Reads fields into `message` up to the end of the innermost message.
  @inlinable
  mutating func fill<M: Message>(_ message: inout M) throws(BinaryDecodingError) {
    while !isAtEnd {
      let start = position
      let number = try readTag()
      isConsumed = false
      try message.decodeField(number, from: &self)
      if !isConsumed {
        try skipValue(of: number)
        message.unknownFields.append(bytes[start..<position])
      }
    }
  }

  /// Reads a length, and has `body` read exactly as many bytes as a message one level down.
  @usableFromInline
  mutating func readNested(
    _ body: (inout BinaryDecoder) throws(BinaryDecodingError) -> Void
  ) throws(BinaryDecodingError) {
    try descend()
    let length = try readLength()
    let outerEnd = end
    end = position + length
    try body(&self)
    end = outerEnd
    levelsLeft += 1
  }

  /// Reads a length, and has `body` read values until that many bytes are used up.
  @usableFromInline
  mutating func readPacked(
    _ body: (inout BinaryDecoder) throws(BinaryDecodingError) -> Void
  ) throws(BinaryDecodingError) {
    let length = try readLength()
    let outerEnd = end
    end = position + length
    while !isAtEnd {
      try body(&self)
    }
    end = outerEnd
  }

  /// Reads a tag and returns its field number, from 1 to 2^29 - 1.
  @usableFromInline
  mutating func readTag() throws(BinaryDecodingError) -> Int {
    let tag = try readUInt32()
    guard tag >= 8, let type = WireType(rawValue: UInt8(tag & 7)) else { throw .malformedProtobuf }
    wireType = type
    return Int(tag >> 3)
  }

  /// Passes over the value after the tag that was read last.
  @usableFromInline
  mutating func skipValue(of number: Int) throws(BinaryDecodingError) {
    switch wireType {
    case .varint: _ = try readVarint()
    case .fixed32: _ = try readFixed32()
    case .fixed64: _ = try readFixed64()
    case .lengthDelimited: _ = try readBytes()
    case .startGroup: try skipGroup(number)
    case .endGroup: throw .malformedProtobuf
    }
  }

  private mutating func skipGroup(_ number: Int) throws(BinaryDecodingError) {
    try descend()
    while true {
      let inner = try readTag()
      if wireType == .endGroup {
        guard inner == number else { throw .malformedProtobuf }
        levelsLeft += 1
        return
      }
      try skipValue(of: inner)
    }
  }

  /// Counts one more element of a list or a map.
  ///
  /// - Parameter count: of the elements before it.
  @usableFromInline
  mutating func takeElement(of field: StaticString, after count: Int) throws(BinaryDecodingError) {
    elementsLeft -= 1
    guard elementsLeft >= 0 else {
      throw .tooManyElements(field: field.description, count: count + 1, limit: elementLimit)
    }
  }

  /// Goes back to the value after the tag of an outer field, which is length-delimited.
  @usableFromInline
  mutating func rewind(to position: Int) {
    self.position = position
    wireType = .lengthDelimited
    isConsumed = false
  }

  private mutating func descend() throws(BinaryDecodingError) {
    guard levelsLeft > 0 else { throw .messageDepthLimit }
    levelsLeft -= 1
  }
}

// MARK: - Numbers and bytes

extension BinaryDecoder {
  /// Reads a number of at most ten bytes. What the tenth has above the 64th bit is dropped, as C++ and Python do.
  @usableFromInline
  mutating func readVarint() throws(BinaryDecodingError) -> UInt64 {
    var value: UInt64 = 0
    var shift: UInt64 = 0
    while position < end {
      let byte = bytes[position]
      position += 1
      guard shift < 63 || byte < 0x80 else { throw .malformedProtobuf }
      value |= UInt64(byte & 0x7f) << shift
      if byte < 0x80 { return value }
      shift += 7
    }
    throw .truncated
  }

  /// Reads a varint that has at most 32 bits and five bytes, as tags and lengths do.
  private mutating func readUInt32() throws(BinaryDecodingError) -> UInt32 {
    let start = position
    let value = try readVarint()
    guard position - start <= 5, let narrow = UInt32(exactly: value) else { throw .malformedProtobuf }
    return narrow
  }

  /// Reads the length of a value, all of which is there.
  private mutating func readLength() throws(BinaryDecodingError) -> Int {
    let length = Int(try readUInt32())
    guard length <= Int(Int32.max) else { throw .malformedProtobuf }
    guard length <= bytesLeft else { throw .truncated }
    return length
  }

  mutating func readFixed32() throws(BinaryDecodingError) -> UInt32 {
    guard bytesLeft >= 4 else { throw .truncated }
    var value: UInt32 = 0
    for offset in 0..<4 {
      value |= UInt32(bytes[position + offset]) << UInt32(8 * offset)
    }
    position += 4
    return value
  }

  mutating func readFixed64() throws(BinaryDecodingError) -> UInt64 {
    let low = try readFixed32()
    return UInt64(low) | UInt64(try readFixed32()) << 32
  }

  mutating func readBytes() throws(BinaryDecodingError) -> ArraySlice<UInt8> {
    let length = try readLength()
    defer { position += length }
    return bytes[position..<position + length]
  }
}
