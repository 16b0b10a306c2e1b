internal import HoneydewConfig
internal import HoneydewJSON

extension YAMLNode {
  /// The value as JSON. Without quotes a number as JSON writes it, `true`, `false`, `null` and nothing mean that, and all
  /// else is text. nil where a key of a mapping is no text, or comes twice.
  var json: JSONValue? {
    switch content {
    case .scalar(let scalar):
      guard scalar.isPlain else { return .string(scalar.text) }
      if isNull { return .null }
      if let value = try? JSONValue(parsing: Array(scalar.text.utf8)), value.members == nil, value.array == nil {
        return value
      }
      return .string(scalar.text)
    case .sequence(let items):
      let values = items.compactMap(\.json)
      return values.count == items.count ? .array(values) : nil
    case .mapping(let entries):
      var members: [JSONValue.Member] = []
      for (key, value) in entries {
        guard let key = key.text, let value = value.json, !members.contains(where: { $0.key == key }) else {
          return nil
        }
        members.append(JSONValue.Member(key, value))
      }
      return .object(members)
    }
  }

  /// The text of a scalar, with quotes or without.
  var text: String? { if case .scalar(let scalar) = content { scalar.text } else { nil } }
}
