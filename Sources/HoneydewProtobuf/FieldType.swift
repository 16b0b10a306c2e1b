/// How the values of one protobuf type are read and written. The types are enumerations without cases, named like the
/// type in a .proto file; generated code passes them to the decoder and to visitors.
public protocol FieldType {
  associatedtype Value: Equatable & Sendable

  static var wireType: WireType { get }
  static var defaultValue: Value { get }
  /// Whether a field without presence is left out.
  static func isDefault(_ value: Value) -> Bool
  /// Replaces `value` by the one that follows in the bytes; a message is merged into it.
  static func decode(into value: inout Value, from decoder: inout BinaryDecoder) throws(BinaryDecodingError)
  /// Counts the value without its tag.
  static func measure(_ value: Value, _ sizer: inout BinarySizer)
  /// Writes the value without its tag.
  static func write(_ value: Value, to encoder: inout BinaryEncoder)
}

/// A type that map keys can have.
public protocol MapKeyType: FieldType where Value: Hashable {
  /// The order of map entries in encoded messages: numbers by value, strings by their bytes, false before true.
  static func precedes(_ left: Value, _ right: Value) -> Bool
}

/// A type that is written as a varint.
public protocol VarintType: FieldType {
  static func decoded(_ raw: UInt64) -> Value
  static func encoded(_ value: Value) -> UInt64
}

extension VarintType {
  public static var wireType: WireType { .varint }

  public static func isDefault(_ value: Value) -> Bool { encoded(value) == 0 }

  @inlinable
  public static func decode(
    into value: inout Value, from decoder: inout BinaryDecoder
  ) throws(BinaryDecodingError) {
    value = decoded(try decoder.readVarint())
  }

  public static func measure(_ value: Value, _ sizer: inout BinarySizer) {
    sizer.add(bytes: varintSize(encoded(value)))
  }

  public static func write(_ value: Value, to encoder: inout BinaryEncoder) {
    encoder.writeVarint(encoded(value))
  }
}

extension VarintType where Value: AdditiveArithmetic {
  public static var defaultValue: Value { .zero }
}

extension MapKeyType where Value: Comparable {
  public static func precedes(_ left: Value, _ right: Value) -> Bool { left < right }
}
