/// A type that is written as four bytes, the lowest first.
public protocol Fixed32Type: FieldType {
  static func decoded(_ raw: UInt32) -> Value
  static func encoded(_ value: Value) -> UInt32
}

extension Fixed32Type {
  public static var wireType: WireType { .fixed32 }
  public static var defaultValue: Value { decoded(0) }

  public static func isDefault(_ value: Value) -> Bool { encoded(value) == 0 }

  public static func decode(
    into value: inout Value, from decoder: inout BinaryDecoder
  ) throws(BinaryDecodingError) {
    value = decoded(try decoder.readFixed32())
  }

  public static func measure(_ value: Value, _ sizer: inout BinarySizer) {
    sizer.add(bytes: 4)
  }

  public static func write(_ value: Value, to encoder: inout BinaryEncoder) {
    encoder.writeFixed(encoded(value))
  }
}

/// A type that is written as eight bytes, the lowest first.
public protocol Fixed64Type: FieldType {
  static func decoded(_ raw: UInt64) -> Value
  static func encoded(_ value: Value) -> UInt64
}

extension Fixed64Type {
  public static var wireType: WireType { .fixed64 }
  public static var defaultValue: Value { decoded(0) }

  public static func isDefault(_ value: Value) -> Bool { encoded(value) == 0 }

  public static func decode(
    into value: inout Value, from decoder: inout BinaryDecoder
  ) throws(BinaryDecodingError) {
    value = decoded(try decoder.readFixed64())
  }

  public static func measure(_ value: Value, _ sizer: inout BinarySizer) {
    sizer.add(bytes: 8)
  }

  public static func write(_ value: Value, to encoder: inout BinaryEncoder) {
    encoder.writeFixed(encoded(value))
  }
}

public enum ProtobufFixed32: Fixed32Type, MapKeyType {
  public typealias Value = UInt32

  public static func decoded(_ raw: UInt32) -> UInt32 { raw }
  public static func encoded(_ value: UInt32) -> UInt32 { value }
}

public enum ProtobufSFixed32: Fixed32Type, MapKeyType {
  public typealias Value = Int32

  public static func decoded(_ raw: UInt32) -> Int32 { Int32(bitPattern: raw) }
  public static func encoded(_ value: Int32) -> UInt32 { UInt32(bitPattern: value) }
}

public enum ProtobufFloat: Fixed32Type {
  public typealias Value = Float

  public static func decoded(_ raw: UInt32) -> Float { Float(bitPattern: raw) }
  public static func encoded(_ value: Float) -> UInt32 { value.bitPattern }
}

public enum ProtobufFixed64: Fixed64Type, MapKeyType {
  public typealias Value = UInt64

  public static func decoded(_ raw: UInt64) -> UInt64 { raw }
  public static func encoded(_ value: UInt64) -> UInt64 { value }
}

public enum ProtobufSFixed64: Fixed64Type, MapKeyType {
  public typealias Value = Int64

  public static func decoded(_ raw: UInt64) -> Int64 { Int64(bitPattern: raw) }
  public static func encoded(_ value: Int64) -> UInt64 { UInt64(bitPattern: value) }
}

public enum ProtobufDouble: Fixed64Type {
  public typealias Value = Double

  public static func decoded(_ raw: UInt64) -> Double { Double(bitPattern: raw) }
  public static func encoded(_ value: Double) -> UInt64 { value.bitPattern }
}
