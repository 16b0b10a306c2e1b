internal import HoneydewText
internal import HoneydewCore
internal import HoneydewJSON

/// A job's payload from the words of a command line: one JSON object, `key=value` and `key:=JSON` pairs, or `-` for an
/// object on standard input.
enum Payload {
  /// For help texts.
  static let rules = [
    "KEY=VALUE is text, or a number, true or false where the command takes one; a list is written by",
    "giving its key once for each element. KEY:=JSON is any JSON value.",
    "A lone - reads one JSON object from standard input. Passwords are taken",
    "only there, where other users cannot see them.",
  ]

  /// - Parameter command: the registry's row, whose types decide what `key=value` means; nil for a command that this
  ///   program does not know, whose values are strings then: the daemon decides.
  /// - Returns: JSON text, empty when there are no words.
  static func text(_ words: [String], command: Command?) throws(Failure) -> String {
    if words == ["-"] { return try object(Prompt.wholeInput()) }
    let text = try typedText(words, command: command)
    // What is no job the daemon refuses, and says what to use.
    guard let command, command.canBeJob, command.hasSecrets, let payload = try? JSONValue(parsing: text)
    else { return text }
    try command.replacingSecrets(in: payload) { _, place throws(Failure) in
      throw .usage(
        "\(place) is a secret, and other users can see command lines; give the payload as a JSON object on standard "
          + "input: \(command.name) - < FILE")
    }
    return text
  }

  private static func typedText(_ words: [String], command: Command?) throws(Failure) -> String {
    guard let first = words.first else { return "" }
    if first.first(where: { !$0.isWhitespace }) == "{" || !first.contains("=") {
      guard words.count == 1 else {
        throw .usage("give the payload as one JSON object or as key=value pairs, not both: \(quoted(words[1]))")
      }
      return try object(first)
    }
    let members = try members(words, arguments: command?.arguments ?? [])
    return String(decoding: JSONValue.object(members).serialized, as: UTF8.self)
  }

  /// The members of an object that was written as pairs. Values for what is not among the arguments are strings.
  static func members(_ words: [String], arguments: [Argument]) throws(Failure) -> [JSONValue.Member] {
    var members: [JSONValue.Member] = []
    for word in words { try add(word, to: &members, arguments: arguments) }
    return members
  }

  private static func object(_ text: String) throws(Failure) -> String {
    let value: JSONValue
    do {
      value = try JSONValue(parsing: text)
    } catch {
      throw .usage(
        "the payload is not JSON (\(error)); give an object such as '{\"key\": \"value\"}', or key=value pairs")
    }
    guard value.members != nil else {
      throw .usage("the payload must be a JSON object such as '{\"key\": \"value\"}', or key=value pairs")
    }
    return text
  }

  private static func add(
    _ word: String, to members: inout [JSONValue.Member], arguments: [Argument]
  ) throws(Failure) {
    let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
    guard parts.count == 2, !parts[0].isEmpty, parts[0] != ":" else {
      throw .usage("\(quoted(word)) is no argument; write key=value, or key:=JSON")
    }
    let isJSON = parts[0].hasSuffix(":")
    let key = String(isJSON ? parts[0].dropLast() : parts[0])
    let type = arguments.first { $0.name == key }?.type
    let position = members.firstIndex { $0.key == key }
    if !isJSON, case .list(let element) = type {
      let value = try typed(String(parts[1]), element, key)
      guard let position else {
        members.append(JSONValue.Member(key, .array([value])))
        return
      }
      members[position].value = .array((members[position].value.array ?? []) + [value])
      return
    }
    guard position == nil else { throw .usage("\(key) is given twice; give it once") }
    members.append(JSONValue.Member(key, try isJSON ? json(parts[1], key) : typed(String(parts[1]), type, key)))
  }

  private static func json(_ text: Substring, _ key: String) throws(Failure) -> JSONValue {
    do {
      return try JSONValue(parsing: String(text))
    } catch {
      throw .usage("the value of \(key) is not JSON (\(error)); write \(key)=TEXT for a string")
    }
  }

  private static func typed(_ text: String, _ type: ArgumentType?, _ key: String) throws(Failure) -> JSONValue {
    switch type {
    case nil, .string, .id, .enumeration: return .string(text)
    case .int:
      guard let number = Int64(text) else { throw .usage("\(key) must be a whole number, not \(quoted(text))") }
      return .number(number)
    case .float:
      guard let value = try? JSONValue(parsing: text), value.double != nil else {
        throw .usage("\(key) must be a number, not \(quoted(text))")
      }
      return value
    case .boolean:
      guard let value = Bool(text) else { throw .usage("\(key) must be true or false, not \(quoted(text))") }
      return .bool(value)
    case .list, .object, .anyObject, .secrets: throw .usage("\(key) takes more than a word; write \(key):=JSON")
    }
  }
}
