public enum ProtobufString: MapKeyType {
  public typealias Value = String

  public static var wireType: WireType { .lengthDelimited }
  public static var defaultValue: String { "" }

  public static func isDefault(_ value: String) -> Bool { value.isEmpty }

  public static func decode(
    into value: inout String, from decoder: inout BinaryDecoder
  ) throws(BinaryDecodingError) {
    guard let text = String(validating: try decoder.readBytes(), as: UTF8.self) else { throw .invalidUTF8 }
    value = text
  }

  public static func measure(_ value: String, _ sizer: inout BinarySizer) {
    let count = value.utf8.count
    sizer.add(bytes: varintSize(UInt64(count)) + count)
  }

  public static func write(_ value: String, to encoder: inout BinaryEncoder) {
    encoder.writeBytes(value.utf8)
  }

  public static func precedes(_ left: String, _ right: String) -> Bool {
    left.utf8.lexicographicallyPrecedes(right.utf8)
  }
}

public enum ProtobufBytes: FieldType {
  public typealias Value = [UInt8]

  public static var wireType: WireType { .lengthDelimited }
  public static var defaultValue: [UInt8] { [] }

  public static func isDefault(_ value: [UInt8]) -> Bool { value.isEmpty }

  public static func decode(
    into value: inout [UInt8], from decoder: inout BinaryDecoder
  ) throws(BinaryDecodingError) {
    value = Array(try decoder.readBytes())
  }

  public static func measure(_ value: [UInt8], _ sizer: inout BinarySizer) {
    sizer.add(bytes: varintSize(UInt64(value.count)) + value.count)
  }

  public static func write(_ value: [UInt8], to encoder: inout BinaryEncoder) {
    encoder.writeBytes(value)
  }
}

public enum ProtobufMessage<Value: Message>: FieldType {
  public static var wireType: WireType { .lengthDelimited }
  public static var defaultValue: Value { Value() }

  /// A message always has presence.
  public static func isDefault(_ value: Value) -> Bool { false }

  @inlinable
  public static func decode(
    into value: inout Value, from decoder: inout BinaryDecoder
  ) throws(BinaryDecodingError) {
    try decoder.readNested { (decoder) throws(BinaryDecodingError) in try decoder.fill(&value) }
  }

  public static func measure(_ value: Value, _ sizer: inout BinarySizer) {
    sizer.addDelimited { $0.add(fieldsOf: value) }
  }

  public static func write(_ value: Value, to encoder: inout BinaryEncoder) {
    encoder.writeMeasuredLength()
    encoder.write(fieldsOf: value)
  }
}
