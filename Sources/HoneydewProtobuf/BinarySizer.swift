/// The first pass of encoding: counts the bytes of a message, and keeps the size of everything that is preceded by its
/// length, in the order in which the encoder will come by.
public struct BinarySizer: FieldVisitor {
  private(set) var byteCount = 0
  private(set) var lengths: [Int] = []

  mutating func add(bytes count: Int) {
    byteCount += count
  }

  mutating func add(fieldsOf message: some Message) {
    message.traverse(&self)
    byteCount += message.unknownFields.data.count
  }

  /// Counts what `body` adds, and the length before it.
  mutating func addDelimited(_ body: (inout BinarySizer) -> Void) {
    let slot = lengths.count
    lengths.append(0)
    let start = byteCount
    body(&self)
    let length = byteCount - start
    lengths[slot] = length
    byteCount += varintSize(UInt64(length))
  }

  public mutating func present<Field: FieldType>(_: Field.Type, _ value: Field.Value, _ number: Int) {
    byteCount += tagSize(number)
    Field.measure(value, &self)
  }

  public mutating func packed<Field: FieldType>(_: Field.Type, _ values: [Field.Value], _ number: Int) {
    guard !values.isEmpty else { return }
    byteCount += tagSize(number)
    addDelimited { sizer in
      for value in values { Field.measure(value, &sizer) }
    }
  }

  public mutating func map<Key: MapKeyType, Value: FieldType>(
    _: Key.Type, _: Value.Type, _ entries: [Key.Value: Value.Value], _ number: Int
  ) {
    for (key, value) in sortedEntries(Key.self, entries) {
      byteCount += tagSize(number)
      addDelimited { sizer in
        sizer.present(Key.self, key, 1)
        sizer.present(Value.self, value, 2)
      }
    }
  }
}

/// The entries in the order of their keys. The sizer and the encoder must agree on the order.
func sortedEntries<Key: MapKeyType, Value>(
  _: Key.Type, _ entries: [Key.Value: Value]
) -> [(key: Key.Value, value: Value)] {
  entries.sorted { Key.precedes($0.key, $1.key) }
}
