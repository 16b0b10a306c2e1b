internal import HoneydewCore
internal import HoneydewText

/// What the words before the one that is being typed mean. Nothing is refused: what is not understood is passed over.
struct TypedLine {
  private(set) var path: [String] = []
  private(set) var subcommand: Subcommand?
  /// Behind the subcommand's words.
  private(set) var arguments: [String] = []
  /// The options, by their long names.
  private(set) var given: [String: [String]] = [:]
  /// The option whose value comes next.
  private(set) var pending: Option?
  /// Whether `--` has ended the options.
  private(set) var onlyArguments = false

  private let table: CommandTable

  init(_ words: some Sequence<String>, _ table: CommandTable) {
    self.table = table
    for word in words { add(word) }
  }

  /// Those that may stand here.
  var options: [Option] {
    subcommand.map(table.options(of:)) ?? (path.isEmpty ? table.everywhere + [.version] : table.everywhere)
  }

  /// The command type that was named, and the arguments behind it.
  var command: Command? { placeOfCommand.flatMap { CommandRegistry.find(arguments[$0]) } }
  var payload: [String] { placeOfCommand.map { Array(arguments.dropFirst($0 + 1)) } ?? [] }

  private var placeOfCommand: Int? {
    let place = subcommand?.positionals.firstIndex { if case .commandType = $0.kind { true } else { false } }
    return place.flatMap { arguments.indices.contains($0) ? $0 : nil }
  }

  private mutating func add(_ word: String) {
    if let option = pending {
      given[option.name, default: []].append(word)
      pending = nil
    } else if onlyArguments || word == "-" || !word.hasPrefix("-") {
      addArgument(word)
    } else if word == "--" {
      onlyArguments = true
    } else {
      let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
      guard let option = options.first(where: { $0.names.contains(parts[0]) }) else { return }
      if option.value != nil, parts.count == 1 {
        pending = option
      } else {
        given[option.name, default: []].append(parts.count == 2 ? parts[1] : "")
      }
    }
  }

  private mutating func addArgument(_ word: String) {
    if let subcommand {
      if subcommand.runsProgram { onlyArguments = true }
      return arguments.append(word)
    }
    guard let next = table.word(word, after: path) else { return }
    path.append(next)
    subcommand = table.subcommand(path)
  }
}
