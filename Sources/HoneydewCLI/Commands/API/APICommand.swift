internal import HoneydewText
internal import HoneydewCore
internal import HoneydewJSON

/// A subcommand that submits a job of one command of the API and prints its result: a row of `APICommand.all`.
struct APICommand: Sendable {
  typealias Example = Subcommand.Example

  /// How an argument of the command is typed.
  enum Source: Sendable {
    case word(Positional)
    /// A switch is the argument `true`.
    case option(Option)
  }

  let words: [String]
  /// In the registry.
  let command: String
  let summary: String
  /// In the order of the command's arguments.
  let sources: [Source]
  let examples: [Example]

  init(_ words: [String], _ command: String, _ summary: String, _ sources: [Source] = [], examples: [Example]) {
    self.words = words
    self.command = command
    self.summary = summary
    self.sources = sources
    self.examples = examples
  }

  var subcommand: Subcommand {
    Subcommand(
      words: words, summary: summary, positionals: sources.compactMap(\.positional),
      options: sources.compactMap(\.option) + APIAnswer.options,
      columns: ResultLayout.columns(of: command), examples: examples,
      run: { invocation throws(Failure) in
        try APIAnswer.get(invocation) { () throws(Failure) in
          try JobRequest(
            invocation, command, payload: String(decoding: payload(invocation.arguments).serialized, as: UTF8.self))
        }
      })
  }

  /// The command's arguments that were given.
  func payload(_ arguments: ParsedArguments) -> JSONValue {
    let names = CommandRegistry.find(command)?.arguments.map(\.name) ?? []
    var words = arguments.positionals[...]
    var members: [JSONValue.Member] = []
    for (name, source) in zip(names, sources) {
      switch source {
      case .word: if let word = words.popFirst() { members.append(JSONValue.Member(name, .string(word))) }
      case .option(let option) where option.value == nil:
        if arguments.isSet(option) { members.append(JSONValue.Member(name, .bool(true))) }
      case .option(let option):
        guard let text = arguments.text(option) else { continue }
        // The API reads dates and RFC 3339 itself; what only people say becomes the latter.
        let moment = MomentText.isStandard(text) ? nil : arguments.moment(option)
        members.append(JSONValue.Member(name, .string(moment ?? text)))
      }
    }
    return .object(members)
  }
}

extension APICommand.Source {
  fileprivate var positional: Positional? {
    if case .word(let positional) = self { positional } else { nil }
  }

  fileprivate var option: Option? {
    if case .option(let option) = self { option } else { nil }
  }
}
