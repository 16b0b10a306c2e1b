import HoneydewProtobuf
import HoneydewTestMessages
import Testing

@Suite struct GeneratedMessageTests {
  @Test("A message is the same after it was encoded and decoded") func roundTrip() throws {
    let message = Honeydew_Test_Everything.with {
      $0.scalars.stringValue = "1.0"
      $0.scalars.int32Value = -1
      $0.scalars.int64Value = .max
      $0.lists.strings = ["a", "", "ü"]
      $0.choices.scalars = .with { $0.boolValue = true }
      $0.more = [.with { $0.tree.value = 1 }, Honeydew_Test_Everything()]
    }
    #expect(try Honeydew_Test_Everything(serializedBytes: message.serializedBytes()) == message)
  }

  @Test("A header before a message is made of its size") func header() throws {
    let message = Honeydew_Test_Scalars.with { $0.stringValue = "four" }
    let encoded = try message.serializedBytes()
    #expect(message.serializedBytes { UInt32($0) << 8 } == [0, UInt8(encoded.count), 0, 0] + encoded)
  }

  @Test("A descriptor decodes to the bytes that protoc gave") func descriptor() {
    let bytes = Honeydew_Test_WireTestProto.descriptor.serialized
    #expect(bytes.starts(with: [0x0A, 15] + "wire_test.proto".utf8))
    #expect(bytes.suffix(6) == ArraySlice("proto3".utf8))
  }
}
