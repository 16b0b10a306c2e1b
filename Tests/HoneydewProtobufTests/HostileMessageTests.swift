import HoneydewProtobuf
import HoneydewTestMessages
import Testing

/// Messages that are made to do harm. What is merely wrong is judged by the reference implementations, in Tests/Interop.
@Suite struct HostileMessageTests {
  private typealias Tree = Honeydew_Test_Tree

  /// Merges into one message. Were it copied at each of them, these tests would take minutes.
  private static let merges = 1_500_000

  @Test("A message of a oneof that comes again and again is not copied at each merge", .timeLimit(.minutes(1)))
  func oneofMerges() throws {
    // Field 10 is the choice `scalars`; in it, field 1000 is unknown.
    let encoded = Array(repeatElement([0x52, 0x03, 0xC0, 0x3E, 0x00] as [UInt8], count: Self.merges).joined())
    let choices = try Honeydew_Test_Choices(serializedBytes: encoded)
    #expect(choices.scalars.unknownFields.data.count == 3 * Self.merges)
  }

  @Test("A message that contains itself is not copied at each merge", .timeLimit(.minutes(1)))
  func indirectMerges() throws {
    // next { branches {} }
    let encoded = Array(repeatElement([0x12, 0x02, 0x1A, 0x00] as [UInt8], count: Self.merges).joined())
    let tree = try Tree(serializedBytes: encoded)
    #expect(tree.next.branches.count == Self.merges)
  }

  @Test("Depth and size are limited as told")
  func limits() throws {
    var options = BinaryDecodingOptions()
    options.messageDepthLimit = 2
    options.maximumByteCount = 4
    #expect(try Tree(serializedBytes: [0x12, 0x02, 0x12, 0x00], options: options).next.hasNext)
    options.messageDepthLimit = 1
    #expect(throws: BinaryDecodingError.messageDepthLimit) {
      try Tree(serializedBytes: [0x12, 0x02, 0x12, 0x00], options: options)
    }
    #expect(throws: BinaryDecodingError.tooLarge) { try Tree(serializedBytes: [8, 1, 8, 1, 8], options: options) }
  }

  @Test("More elements than are allowed are refused by field, limit and number")
  func elements() throws {
    var options = BinaryDecodingOptions()
    options.maximumElementCount = 10
    let branches = [UInt8](repeatElement([0x1A, 0x00], count: 10).joined())
    #expect(try Tree(serializedBytes: branches, options: options).branches.count == 10)
    let refusal = BinaryDecodingError.tooManyElements(field: "branches", count: 11, limit: 10)
    #expect(throws: refusal) { try Tree(serializedBytes: branches + branches, options: options) }
    // next { branches {} … }: all levels have one limit together.
    let nested = [0x12, UInt8(branches.count)] + branches
    #expect(
      throws: BinaryDecodingError.tooManyElements(field: "branches", count: 1, limit: 10)
    ) {
      try Tree(serializedBytes: nested + [0x1A, 0x00], options: options)
    }
  }

  @Test("Packed numbers and the entries of maps are elements, too")
  func packedAndMaps() throws {
    var options = BinaryDecodingOptions()
    options.maximumElementCount = 1000
    #expect(throws: BinaryDecodingError.tooManyElements(field: "int32s", count: 1001, limit: 1000)) {
      try Honeydew_Test_Lists(serializedBytes: [0x1A, 0xFF, 0x3F] + Array(repeating: 0, count: 8191), options: options)
    }
    // The same key again and again.
    #expect(throws: BinaryDecodingError.tooManyElements(field: "int32s", count: 2, limit: 1000)) {
      try Honeydew_Test_Maps(
        serializedBytes: Array(repeatElement([0x0A, 0x00], count: 2000).joined()), options: options)
    }
  }

  @Test(
    "A length beyond the end is found before anything is allocated", arguments: [[0xFF, 0xFF, 0xFF, 0xFF, 0x07], [1]])
  func announcedLength(length: [UInt8]) {
    #expect(throws: BinaryDecodingError.truncated) { try Tree(serializedBytes: [0x12] + length) }
    #expect(throws: BinaryDecodingError.truncated) { try Honeydew_Test_Lists(serializedBytes: [0x0A] + length) }
  }
}
