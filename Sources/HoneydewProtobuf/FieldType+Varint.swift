// A negative int32 is sign-extended to 64 bits; what is read is truncated to the field's width
// (https://protobuf.dev/programming-guides/encoding).

public enum ProtobufInt32: VarintType, MapKeyType {
  public typealias Value = Int32

  public static func decoded(_ raw: UInt64) -> Int32 { Int32(truncatingIfNeeded: raw) }
  public static func encoded(_ value: Int32) -> UInt64 { UInt64(bitPattern: Int64(value)) }
}

public enum ProtobufInt64: VarintType, MapKeyType {
  public typealias Value = Int64

  public static func decoded(_ raw: UInt64) -> Int64 { Int64(bitPattern: raw) }
  public static func encoded(_ value: Int64) -> UInt64 { UInt64(bitPattern: value) }
}

public enum ProtobufUInt32: VarintType, MapKeyType {
  public typealias Value = UInt32

  public static func decoded(_ raw: UInt64) -> UInt32 { UInt32(truncatingIfNeeded: raw) }
  public static func encoded(_ value: UInt32) -> UInt64 { UInt64(value) }
}

public enum ProtobufUInt64: VarintType, MapKeyType {
  public typealias Value = UInt64

  public static func decoded(_ raw: UInt64) -> UInt64 { raw }
  public static func encoded(_ value: UInt64) -> UInt64 { value }
}

/// ZigZag: the sign is the lowest bit.
public enum ProtobufSInt32: VarintType, MapKeyType {
  public typealias Value = Int32

  public static func decoded(_ raw: UInt64) -> Int32 {
    let bits = UInt32(truncatingIfNeeded: raw)
    return Int32(bitPattern: bits >> 1) ^ -Int32(bitPattern: bits & 1)
  }

  public static func encoded(_ value: Int32) -> UInt64 { UInt64(UInt32(bitPattern: value << 1 ^ value >> 31)) }
}

/// ZigZag: the sign is the lowest bit.
public enum ProtobufSInt64: VarintType, MapKeyType {
  public typealias Value = Int64

  public static func decoded(_ raw: UInt64) -> Int64 { Int64(bitPattern: raw >> 1) ^ -Int64(bitPattern: raw & 1) }
  public static func encoded(_ value: Int64) -> UInt64 { UInt64(bitPattern: value << 1 ^ value >> 63) }
}

public enum ProtobufBool: VarintType, MapKeyType {
  public typealias Value = Bool

  public static var defaultValue: Bool { false }
  public static func decoded(_ raw: UInt64) -> Bool { raw != 0 }
  public static func encoded(_ value: Bool) -> UInt64 { value ? 1 : 0 }
  public static func precedes(_ left: Bool, _ right: Bool) -> Bool { !left && right }
}

public enum ProtobufEnum<Value: Enum>: VarintType {
  public static var defaultValue: Value { Value() }

  /// Every number has a case, so the initialiser never fails.
  public static func decoded(_ raw: UInt64) -> Value {
    Value(rawValue: Int(Int32(truncatingIfNeeded: raw))) ?? Value()
  }

  public static func encoded(_ value: Value) -> UInt64 {
    UInt64(bitPattern: Int64(Int32(truncatingIfNeeded: value.rawValue)))
  }
}
