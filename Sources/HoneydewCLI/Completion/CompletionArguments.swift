internal import HoneydewCore

/// What may be typed for an argument of a command: the names of those that were not given, and the words of one.
enum CompletionArguments {
  /// - Parameters:
  ///   - given: the arguments before it, as `name=value`.
  ///   - word: what is typed of it.
  static func candidates(_ command: Command, _ given: [String], _ word: String) -> [Completion.Candidate] {
    let pairs = given.map { pair(of: $0) }
    if word.contains("=") {
      let (name, value) = pair(of: word)
      let known = pairs.filter { $0.name == name }.map(\.value)
      guard let argument = command.arguments.first(where: { $0.name == name }) else { return [] }
      return argument.type.values.filter { $0.hasPrefix(value) && !known.contains($0) }
        .map { Completion.Candidate(word: "\(name)=\($0)") }
    }
    // One object is all of them.
    guard !given.contains(where: { $0.hasPrefix("{") || $0 == "-" }) else { return [] }
    // Others can see command lines: no secret is typed.
    return command.arguments.filter { argument in
      !argument.holdsSecret && (argument.type.isList || !pairs.contains { $0.name == argument.name })
    }.map { argument in
      Completion.Candidate(
        word: argument.name + (argument.type.isObject ? ":=" : "="),
        meaning: argument.type.name + (argument.isRequired ? ", needed" : ""))
    }.filter { $0.word.hasPrefix(word) }
  }

  /// A name before `=` or `:=`, and the text behind it.
  private static func pair(of word: String) -> (name: String, value: String) {
    guard let equals = word.firstIndex(of: "=") else { return (word, "") }
    let name = word[..<equals]
    return (String(name.hasSuffix(":") ? name.dropLast() : name), String(word[equals...].dropFirst()))
  }
}

extension ArgumentType {
  fileprivate var values: [String] {
    switch self {
    case .enumeration(let words): words
    case .boolean: ["true", "false"]
    case .list(let element): element.values
    default: []
    }
  }

  fileprivate var isList: Bool { if case .list = self { true } else { false } }

  /// Whether it takes JSON.
  fileprivate var isObject: Bool {
    switch self {
    case .object, .anyObject, .secrets: true
    case .list(let element): element.isObject || element.isList
    default: false
    }
  }
}
