internal import HoneydewText

/// What a command line asks for.
enum Request {
  case run(Subcommand, ParsedArguments)
  /// The help of the words, which name a subcommand or a group of them; no words are the whole table.
  case help([String])
  /// Nothing was typed behind the program's name.
  case overview
  case version
}

/// Reads a command line by the table: finds the subcommand and checks its arguments. `OptionParser` reads the options, which
/// may stand before the subcommand when they are everywhere's.
struct Parser {
  let table: CommandTable

  func parse(_ words: [String]) throws(Failure) -> Request {
    do throws(UsageError) {
      return try request(words)
    } catch {
      throw .usage(error.text)
    }
  }

  private func request(_ words: [String]) throws(UsageError) -> Request {
    if words.isEmpty { return .overview }
    if words.first == "help" { return .help(try topic(Array(words.dropFirst()))) }
    var parser = OptionParser(words)
    var path: [String] = []
    var subcommand: Subcommand?
    while let word = try parser.next(
      among: options(of: subcommand, path), of: title(path),
      takesNumber: subcommand.map { takesNumber(parser.parsed.positionals.count, $0) } ?? false)
    {
      switch word {
      case .option(let option) where option.name == Option.showHelp.name: return .help(path)
      case .option(let option) where option.name == Option.version.name: return .version
      case .option: break
      case .argument(let text):
        if let subcommand {
          try check(text, at: parser.parsed.positionals.count, subcommand)
          parser.parsed.positionals.append(text)
          if subcommand.runsProgram { parser.endOptions() }
        } else {
          path.append(try step(text, after: path))
          subcommand = table.subcommand(path)
        }
      }
    }
    guard let subcommand else { throw missingSubcommand(after: path) }
    try checkCount(of: parser.parsed.positionals, subcommand)
    return .run(subcommand, parser.parsed)
  }

  private func title(_ path: [String]) -> String { (["honeydew"] + path).joined(separator: " ") }

  private func options(of subcommand: Subcommand?, _ path: [String]) -> [Option] {
    if let subcommand { return table.options(of: subcommand) }
    return path.isEmpty ? table.everywhere + [.version] : table.everywhere
  }

  /// The word of a group or a subcommand that follows.
  private func step(_ word: String, after path: [String]) throws(UsageError) -> String {
    let next = table.words(after: path)
    guard let found = table.word(word, after: path) else {
      let question = suggestion(for: word, among: next)
      throw UsageError(
        "there is no command \(quoted(title(path + [word])))"
          + (question.isEmpty ? "; see: \(title(path)) --help" : question))
    }
    return found
  }

  private func check(_ argument: String, at index: Int, _ subcommand: Subcommand) throws(UsageError) {
    guard let positional = subcommand.positional(at: index) else {
      throw UsageError("\(subcommand.title) does not take \(quoted(argument)); see: \(subcommand.title) --help")
    }
    try positional.kind.check(argument, of: positional.name)
  }

  private func takesNumber(_ index: Int, _ subcommand: Subcommand) -> Bool {
    if case .integer = subcommand.positional(at: index)?.kind { true } else { false }
  }

  private func checkCount(of arguments: [String], _ subcommand: Subcommand) throws(UsageError) {
    guard arguments.count < subcommand.positionals.count else { return }
    let missing = subcommand.positionals[arguments.count...].filter(\.isRequired).map(\.name)
    guard !missing.isEmpty else { return }
    throw UsageError("\(missing.joined(separator: " and ")) is missing: \(Help.usageLine(subcommand))")
  }

  private func missingSubcommand(after path: [String]) -> UsageError {
    let title = title(path)
    return UsageError(
      "\(title) needs a command: \(table.words(after: path).joined(separator: ", ")); see: \(title) --help")
  }

  private func topic(_ words: [String]) throws(UsageError) -> [String] {
    var path: [String] = []
    for word in words where word != "--help" && word != "-h" {
      guard let found = table.word(word, after: path) else {
        throw UsageError(
          "there is no help on \(quoted((path + [word]).joined(separator: " ")))"
            + suggestion(for: word, among: table.words(after: path)))
      }
      path.append(found)
    }
    return path
  }
}
