internal import HoneydewText

/// What a command line asks for.
enum Request {
  case run(ParsedArguments)
  /// The help of the words, which name a subcommand or a group of them; no words are the whole table.
  case help([String])
  case version
}

/// A command line that fits the table: every option is one that the subcommand has, every value is of its kind.
struct ParsedArguments {
  let subcommand: Subcommand
  var positionals: [String] = []
  /// By the long names; a switch has the empty text.
  var options: [String: [String]] = [:]

  func isSet(_ option: Option) -> Bool { options[option.name] != nil }
  func text(_ option: Option) -> String? { options[option.name]?.first }
  func texts(_ option: Option) -> [String] { options[option.name] ?? [] }
}

/// Reads a command line by the table. Strict: what it does not know is refused with the nearest thing it does.
///
/// Options may stand anywhere, also before the subcommand when they are everywhere's; `--name=value` and `--name value`
/// are the same; after `--` everything is an argument.
struct Parser {
  let table: CommandTable

  func parse(_ words: [String]) throws(Failure) -> Request {
    if words.first == "help" { return .help(try topic(Array(words.dropFirst()))) }
    var state = State(rest: words[...])
    while let word = state.rest.popFirst() {
      if state.onlyArguments || word == "-" || !word.hasPrefix("-") || isNegativeNumber(word, state) {
        try take(argument: word, &state)
      } else if word == "--" {
        state.onlyArguments = true
      } else if word == "--help" || word == "-h" {
        return .help(state.path)
      } else if word == "--version" && state.path.isEmpty {
        return .version
      } else {
        try take(option: word, &state)
      }
    }
    guard let subcommand = state.subcommand else { throw missingSubcommand(after: state.path) }
    try checkCount(of: state.positionals, subcommand)
    return .run(ParsedArguments(subcommand: subcommand, positionals: state.positionals, options: state.options))
  }

  private struct State {
    var rest: ArraySlice<String>
    var path: [String] = []
    var subcommand: Subcommand?
    var positionals: [String] = []
    var options: [String: [String]] = [:]
    var onlyArguments = false
  }

  private func take(argument word: String, _ state: inout State) throws(Failure) {
    if let subcommand = state.subcommand {
      guard let positional = place(state.positionals.count, subcommand) else {
        throw .usage("\(subcommand.title) does not take \(quoted(word)); see: \(subcommand.title) --help")
      }
      try Values.check(word, positional.kind, of: positional.name)
      state.positionals.append(word)
      return
    }
    let next = table.words(after: state.path)
    guard next.contains(word) else {
      let known = (["honeydew"] + state.path).joined(separator: " ")
      let question = suggestion(for: word, among: next)
      throw .usage(
        "there is no command \(quoted(known + " " + word))"
          + (question.isEmpty ? "; see: \(known) --help" : question))
    }
    state.path.append(word)
    state.subcommand = table.subcommand(state.path)
  }

  private func take(option word: String, _ state: inout State) throws(Failure) {
    let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
    let name = String(parts[0])
    let known = state.subcommand.map(table.options(of:)) ?? table.everywhere
    guard let option = known.first(where: { $0.names.contains(name) }) else {
      let title = state.subcommand?.title ?? (["honeydew"] + state.path).joined(separator: " ")
      let question = suggestion(for: name, among: known.map(\.name))
      throw .usage("\(title) has no option \(quoted(name))" + (question.isEmpty ? "; see: \(title) --help" : question))
    }
    guard option.mayRepeat || state.options[option.name] == nil else {
      throw .usage("\(name) is given twice; give it once")
    }
    guard let valueName = option.value else {
      guard parts.count == 1 else { throw .usage("\(name) takes no value; leave out \(quoted("=" + parts[1]))") }
      state.options[option.name] = [""]
      return
    }
    let value: String
    if parts.count == 2 {
      value = String(parts[1])
    } else if let next = state.rest.first, !next.hasPrefix("--") {
      state.rest.removeFirst()
      value = next
    } else {
      throw .usage("\(name) needs a value: \(name) \(valueName)")
    }
    try Values.check(value, option.kind, of: name)
    state.options[option.name, default: []].append(value)
  }

  /// Whether a word that looks like an option is the number that is due.
  private func isNegativeNumber(_ word: String, _ state: State) -> Bool {
    guard Int64(word) != nil, let subcommand = state.subcommand,
      case .integer = place(state.positionals.count, subcommand)?.kind
    else { return false }
    return true
  }

  /// The positional that takes the argument at an index; the last one may take many.
  private func place(_ index: Int, _ subcommand: Subcommand) -> Positional? {
    if index < subcommand.positionals.count { return subcommand.positionals[index] }
    return subcommand.positionals.last.flatMap { $0.mayRepeat ? $0 : nil }
  }

  private func checkCount(of arguments: [String], _ subcommand: Subcommand) throws(Failure) {
    guard arguments.count < subcommand.positionals.count else { return }
    let missing = subcommand.positionals[arguments.count...].filter(\.isRequired).map(\.name)
    guard !missing.isEmpty else { return }
    throw .usage("\(missing.joined(separator: " and ")) is missing: \(Help.usageLine(subcommand))")
  }

  private func missingSubcommand(after path: [String]) -> Failure {
    let title = (["honeydew"] + path).joined(separator: " ")
    return .usage("\(title) needs a command: \(table.words(after: path).joined(separator: ", ")); see: \(title) --help")
  }

  private func topic(_ words: [String]) throws(Failure) -> [String] {
    var path: [String] = []
    for word in words where word != "--help" && word != "-h" {
      let next = table.words(after: path)
      guard next.contains(word) else {
        throw .usage(
          "there is no help on \(quoted((path + [word]).joined(separator: " ")))"
            + suggestion(for: word, among: next))
      }
      path.append(word)
    }
    return path
  }
}
