/// What generated code shows a message's fields to: first to a sizer, then to an encoder.
public protocol FieldVisitor {
  /// A field that is set.
  mutating func present<Field: FieldType>(_: Field.Type, _ value: Field.Value, _ number: Int)
  /// A list that is not packed; every element has its tag.
  mutating func repeated<Field: FieldType>(_: Field.Type, _ values: [Field.Value], _ number: Int)
  /// A list of numbers under one tag; nothing when it is empty.
  mutating func packed<Field: FieldType>(_: Field.Type, _ values: [Field.Value], _ number: Int)
  mutating func map<Key: MapKeyType, Value: FieldType>(
    _: Key.Type, _: Value.Type, _ entries: [Key.Value: Value.Value], _ number: Int)
}

extension FieldVisitor {
  /// A field without presence: shown unless it has its default.
  public mutating func singular<Field: FieldType>(_ type: Field.Type, _ value: Field.Value, _ number: Int) {
    if !Field.isDefault(value) { present(type, value, number) }
  }

  /// A field with presence.
  public mutating func optional<Field: FieldType>(_ type: Field.Type, _ value: Field.Value?, _ number: Int) {
    if let value { present(type, value, number) }
  }

  public mutating func repeated<Field: FieldType>(_ type: Field.Type, _ values: [Field.Value], _ number: Int) {
    for value in values { present(type, value, number) }
  }
}
