/// The second pass of encoding: writes what a `BinarySizer` has measured, into memory reserved once.
public struct BinaryEncoder: FieldVisitor {
  private(set) var bytes: [UInt8] = []
  private let lengths: [Int]
  private var nextLength = 0

  /// - Parameter prefix: how many bytes will be written before the message.
  init(_ sizer: BinarySizer, prefix: Int = 0) {
    lengths = sizer.lengths
    bytes.reserveCapacity(prefix + sizer.byteCount)
  }

  mutating func write(fieldsOf message: some Message) {
    message.traverse(&self)
    bytes.append(contentsOf: message.unknownFields.data)
  }

  mutating func writeTag(_ number: Int, _ wireType: WireType) {
    writeVarint(UInt64(number) << 3 | UInt64(wireType.rawValue))
  }

  /// Writes the length that the sizer found for the message, list or entry that follows.
  mutating func writeMeasuredLength() {
    writeVarint(UInt64(lengths[nextLength]))
    nextLength += 1
  }

  mutating func writeVarint(_ value: UInt64) {
    var rest = value
    while rest >= 0x80 {
      bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    bytes.append(UInt8(truncatingIfNeeded: rest))
  }

  mutating func writeFixed<Number: FixedWidthInteger>(_ value: Number) {
    for shift in stride(from: 0, to: Number.bitWidth, by: 8) {
      bytes.append(UInt8(truncatingIfNeeded: value >> Number(shift)))
    }
  }

  mutating func writeBytes(_ value: some Collection<UInt8>) {
    writeVarint(UInt64(value.count))
    bytes.append(contentsOf: value)
  }

  public mutating func present<Field: FieldType>(_: Field.Type, _ value: Field.Value, _ number: Int) {
    writeTag(number, Field.wireType)
    Field.write(value, to: &self)
  }

  public mutating func packed<Field: FieldType>(_: Field.Type, _ values: [Field.Value], _ number: Int) {
    guard !values.isEmpty else { return }
    writeTag(number, .lengthDelimited)
    writeMeasuredLength()
    for value in values { Field.write(value, to: &self) }
  }

  public mutating func map<Key: MapKeyType, Value: FieldType>(
    _: Key.Type, _: Value.Type, _ entries: [Key.Value: Value.Value], _ number: Int
  ) {
    for (key, value) in sortedEntries(Key.self, entries) {
      writeTag(number, .lengthDelimited)
      writeMeasuredLength()
      present(Key.self, key, 1)
      present(Value.self, value, 2)
    }
  }
}
