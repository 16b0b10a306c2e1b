public import HoneydewJSON

extension Command {
  /// Whether a payload of the command can hold a secret.
  public var hasSecrets: Bool { arguments.contains(where: \.holdsSecret) }

  /// The payload with another value in the place of each secret one. A secret argument that is absent or null stays so.
  ///
  /// - Parameter replacement: takes the value and its place, such as `input.password` or `users[2].password`.
  @discardableResult
  public func replacingSecrets<Failure: Error>(
    in payload: JSONValue, _ replacement: (JSONValue, String) throws(Failure) -> JSONValue
  ) throws(Failure) -> JSONValue {
    try replaceSecrets(in: payload, among: arguments, under: "", replacement)
  }

  /// The JSON text of a payload with `***` in the place of each secret; that of a command without secrets unchanged.
  public func masked(payload: [UInt8]) -> [UInt8] {
    guard hasSecrets, !payload.isEmpty else { return payload }
    guard let value = try? JSONValue(parsing: payload) else { return [] }
    return replacingSecrets(in: value) { _, _ in "***" }.serialized
  }
}

extension Argument {
  /// Whether it is a secret, or has one among its fields.
  public var holdsSecret: Bool { isSecret || type.holdsSecret }
}

extension ArgumentType {
  fileprivate var holdsSecret: Bool {
    switch self {
    case .list(let element): element.holdsSecret
    case .object(_, let fields): fields.contains(where: \.holdsSecret)
    case .secrets: true
    case .string, .id, .int, .float, .boolean, .enumeration, .anyObject: false
    }
  }
}

private func replaceSecrets<Failure: Error>(
  in value: JSONValue, among arguments: [Argument], under prefix: String,
  _ replacement: (JSONValue, String) throws(Failure) -> JSONValue
) throws(Failure) -> JSONValue {
  guard var members = value.members else { return value }
  for index in members.indices where !members[index].value.isNull {
    let member = members[index]
    guard let argument = arguments.first(where: { $0.name.utf8.elementsEqual(member.key.utf8) }) else { continue }
    let place = prefix + argument.name
    members[index].value =
      try argument.isSecret
      ? replacement(member.value, place) : replaceSecrets(in: member.value, argument.type, at: place, replacement)
  }
  return .object(members)
}

private func replaceSecrets<Failure: Error>(
  in value: JSONValue, _ type: ArgumentType, at place: String,
  _ replacement: (JSONValue, String) throws(Failure) -> JSONValue
) throws(Failure) -> JSONValue {
  switch (type, value) {
  case (.object(_, let fields), _):
    return try replaceSecrets(in: value, among: fields, under: place + ".", replacement)
  case (.secrets, .object(var members)):
    for index in members.indices {
      members[index].value = try replacement(members[index].value, "\(place).\(members[index].key)")
    }
    return .object(members)
  case (.list(let element), .array(let elements)) where element.holdsSecret:
    var replaced: [JSONValue] = []
    for (index, value) in elements.enumerated() {
      replaced.append(try replaceSecrets(in: value, element, at: "\(place)[\(index)]", replacement))
    }
    return .array(replaced)
  default: return value
  }
}
