internal import HoneydewJSON

/// What is read from an answer's `data`.
protocol ResultValue {
  init(_ json: JSONValue) throws(ResultMismatch)
}

/// The API's answer is not what its schema promises.
struct ResultMismatch: Error {}

extension JSONValue {
  /// Reads a member of this object. One that is not there reads like null.
  func read<Value: ResultValue>(_ name: String) throws(ResultMismatch) -> Value { try Value(self[name] ?? .null) }

  fileprivate func expect<Value>(_ value: Value?) throws(ResultMismatch) -> Value {
    guard let value else { throw ResultMismatch() }
    return value
  }
}

extension String: ResultValue {
  init(_ json: JSONValue) throws(ResultMismatch) { self = try json.expect(json.string) }
}

extension Int: ResultValue {
  init(_ json: JSONValue) throws(ResultMismatch) { self = try json.expect(json.int.flatMap(Int.init(exactly:))) }
}

extension Double: ResultValue {
  init(_ json: JSONValue) throws(ResultMismatch) { self = try json.expect(json.double) }
}

extension Bool: ResultValue {
  init(_ json: JSONValue) throws(ResultMismatch) { self = try json.expect(json.bool) }
}

extension Optional: ResultValue where Wrapped: ResultValue {
  init(_ json: JSONValue) throws(ResultMismatch) { self = json.isNull ? nil : try Wrapped(json) }
}

extension Array: ResultValue where Element: ResultValue {
  init(_ json: JSONValue) throws(ResultMismatch) {
    self.init()
    for element in try json.expect(json.array) { append(try Element(element)) }
  }
}
