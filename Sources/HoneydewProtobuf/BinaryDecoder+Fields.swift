/// What generated code calls to read the field whose tag was read last. Each leaves the field alone when the wire type
/// is not the field's: it then is an unknown field. The code is inlined where the field's type is known.
extension BinaryDecoder {
  /// Reads a field without presence.
  @inlinable
  public mutating func singular<Field: FieldType>(
    _: Field.Type, _ value: inout Field.Value
  ) throws(BinaryDecodingError) {
    guard wireType == Field.wireType else { return }
    try Field.decode(into: &value, from: &self)
    isConsumed = true
  }

  /// Reads a field that is either set or not. A message that is set already is merged with the new one.
  @inlinable
  public mutating func optional<Field: FieldType>(
    _: Field.Type, _ value: inout Field.Value?
  ) throws(BinaryDecodingError) {
    guard wireType == Field.wireType else { return }
    var present = value.take() ?? Field.defaultValue
    try Field.decode(into: &present, from: &self)
    value = present
    isConsumed = true
  }

  /// Reads an element, or, of a type that can be packed, a run of them.
  ///
  /// - Parameter name: of the field, for who reads the error.
  @inlinable
  public mutating func repeated<Field: FieldType>(
    _: Field.Type, _ values: inout [Field.Value], _ name: StaticString
  ) throws(BinaryDecodingError) {
    if wireType == Field.wireType {
      try takeElement(of: name, after: values.count)
      var value = Field.defaultValue
      try Field.decode(into: &value, from: &self)
      values.append(value)
    } else if wireType == .lengthDelimited {
      try readPacked { (decoder) throws(BinaryDecodingError) in
        try decoder.takeElement(of: name, after: values.count)
        var value = Field.defaultValue
        try Field.decode(into: &value, from: &decoder)
        values.append(value)
      }
    } else {
      return
    }
    isConsumed = true
  }

  /// Reads one entry of a map. A key or value that the entry lacks has its default; of equal keys the last one wins,
  /// and strings are equal as Swift has it: in Unicode's canonical forms.
  /// An entry with anything else in it is an unknown field as a whole, so that nothing is lost.
  ///
  /// - Parameter name: of the field, for who reads the error.
  @inlinable
  public mutating func map<Key: MapKeyType, Value: FieldType>(
    _: Key.Type, _: Value.Type, _ entries: inout [Key.Value: Value.Value], _ name: StaticString
  ) throws(BinaryDecodingError) {
    guard wireType == .lengthDelimited else { return }
    try takeElement(of: name, after: entries.count)
    var key = Key.defaultValue
    var value = Value.defaultValue
    var isKnown = true
    let start = position
    try readNested { (decoder) throws(BinaryDecodingError) in
      while !decoder.isAtEnd {
        let number = try decoder.readTag()
        if number == 1 && decoder.wireType == Key.wireType {
          try Key.decode(into: &key, from: &decoder)
        } else if number == 2 && decoder.wireType == Value.wireType {
          try Value.decode(into: &value, from: &decoder)
        } else {
          try decoder.skipValue(of: number)
          isKnown = false
        }
      }
    }
    guard isKnown else { return rewind(to: start) }
    entries[key] = value
    isConsumed = true
  }
}
