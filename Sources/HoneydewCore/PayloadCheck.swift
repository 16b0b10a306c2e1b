public import HoneydewJSON

extension Command {
  /// Checks that the payload is the JSON text of an object with this command's arguments: none missing, none unknown,
  /// each of its type. An argument that is not required may also be null.
  ///
  /// - Returns: what was read.
  /// - Throws: the first fault, as a sentence that says what is right.
  @discardableResult
  public func check(payload: [UInt8]) throws(PayloadError) -> JSONValue {
    let value: JSONValue
    do {
      value = try JSONValue(parsing: payload)
    } catch {
      throw .notJSON(error)
    }
    try check(payload: value)
    return value
  }

  /// Checks a payload that has been read already.
  public func check(payload: JSONValue) throws(PayloadError) {
    guard let members = payload.members else {
      throw PayloadError(nil, "the payload must be a JSON object of the command's arguments, not \(payload.kind)")
    }
    try check(members, against: arguments, under: "")
    switch target {
    case .document: _ = try DocumentCall(payload: payload)
    case .local: _ = try LocalCommand(payload: payload)
    case .api, .internalCall, .diagnostic: break
    }
  }

  /// Checks the members of the payload, or of an object in it; `prefix` is what leads there, such as `input.`.
  private func check(_ members: [JSONValue.Member], against arguments: [Argument], under prefix: String)
    throws(PayloadError)
  {
    for member in members {
      guard let argument = arguments.first(where: { isSame($0.name, member.key) }) else {
        throw .unknown(member.key, under: prefix, of: name, known: arguments)
      }
      if member.value.isNull && !argument.isRequired { continue }
      try check(member.value, argument.type, at: prefix + argument.name)
    }
    let missing = arguments.filter { argument in
      argument.isRequired && !members.contains { isSame($0.key, argument.name) }
    }
    if !missing.isEmpty {
      throw .missing(missing, under: prefix, of: name)
    }
  }

  private func check(_ value: JSONValue, _ type: ArgumentType, at place: String) throws(PayloadError) {
    switch (type, value) {
    case (.string, .string), (.id, .string), (.boolean, .bool), (.anyObject, .object): return
    case (.id, .number(let text)) where !text.utf8.contains(where: isFractionOrExponent): return
    case (.int, .number) where value.int.flatMap(Int32.init(exactly:)) != nil: return
    case (.float, .number) where value.double != nil: return
    case (.enumeration(let words), .string(let word)) where words.contains { isSame($0, word) }: return
    case (.enumeration, .string(let word)): throw .wrongType(place, type, found: PayloadError.quoted(word))
    case (.list(let element), .array(let elements)):
      for (index, value) in elements.enumerated() {
        try check(value, element, at: "\(place)[\(index)]")
      }
    case (.secrets, .object(let members)):
      for member in members { try check(member.value, .string, at: "\(place).\(member.key)") }
    case (.object(_, let fields), .object(let members)): try check(members, against: fields, under: place + ".")
    case (.int, .number), (.id, .number), (.float, .number): throw .wrongType(place, type, found: "this number")
    default: throw .wrongType(place, type, found: value.kind)
    }
  }
}

/// Byte for byte: `==` also takes U+212A for a K.
private func isSame(_ a: String, _ b: String) -> Bool { a.utf8.elementsEqual(b.utf8) }

private func isFractionOrExponent(_ byte: UInt8) -> Bool {
  byte == UInt8(ascii: ".") || byte == UInt8(ascii: "e") || byte == UInt8(ascii: "E")
}

extension JSONValue {
  /// What the value is, for people, without its content.
  fileprivate var kind: String {
    switch self {
    case .null: "null"
    case .bool: "a boolean"
    case .number: "a number"
    case .string: "a string"
    case .array: "a list"
    case .object: "an object"
    }
  }
}
