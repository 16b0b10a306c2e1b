internal import HoneydewText
internal import HoneydewCore
internal import HoneydewJSON

extension Subcommand {
  static let apiShow = Subcommand(
    words: ["api", "show"], summary: "Show a command of the API: what its arguments are made of",
    positionals: [.commandType],
    options: [.columns, .sort],
    details: [
      "A field of an object has the names of what it is in before its own, with dots; it is needed where what it is",
      "in is given. The daemon is not asked.",
    ],
    examples: [
      Example("honeydew api show github.commits", "prints its arguments, their types and the words that they may be"),
      Example(
        "honeydew api show github.commits --json | jq -r '.arguments[].name'", "prints the names of its arguments"),
    ],
    run: { invocation throws(Failure) in
      let command = try find(invocation.positional(0))
      if invocation.isJSON {
        try invocation.console.json(command.description)
      } else {
        try show(command, on: invocation.console)
      }
      return .done
    })

  private static func find(_ name: String) throws(Failure) -> Command {
    if let command = Command.ofTheAPI.first(where: { $0.name == name }) { return command }
    let question = suggestion(for: name, among: Command.ofTheAPI.map(\.name))
    throw .usage(
      "the API has no command \(quoted(name))" + (question.isEmpty ? "; see: honeydew api list" : question))
  }

  private static func kind(of command: Command) -> String {
    if command.target == .document { return "as its document says: a mutation is not repeated after a failure" }
    return command.isRepeatable ? "may be repeated" : "changes something, and is not repeated after a failure"
  }

  private static func show(_ command: Command, on console: Console) throws(Failure) {
    try console.facts([
      Fact("command", command.name), Fact("summary", command.summary),
      Fact("kind", kind(of: command)),
    ])
    guard !command.arguments.isEmpty else { return console.note("It takes no arguments.") }
    var table = Table([
      Table.Column(title: "ARGUMENT"), Table.Column(title: "TYPE"), Table.Column(title: "NEEDED"),
      Table.Column(title: "VALUES", comfortableWidth: 24),
    ])
    for field in command.arguments.flatMap({ $0.fields(within: "") }) {
      let values =
        field.argument.isSecret ? "a secret, from standard input" : field.argument.words.joined(separator: ", ")
      table.add([
        Table.Cell(field.name), Table.Cell(field.argument.type.name),
        Table.Cell(field.argument.isRequired ? "yes" : ""), Table.Cell(values),
      ])
    }
    try console.say("")
    try console.table(table)
  }
}

extension Command {
  /// What `honeydew api call` can call.
  static var ofTheAPI: [Command] { CommandRegistry.all.filter(\.callsAPI) }

  /// As `ListCommands` describes it.
  var description: JSONValue {
    let isMutation = if case .api(_, true, _) = target { true } else { false }
    return .object([
      JSONValue.Member("command", .string(name)), JSONValue.Member("provider", .string(provider)),
      JSONValue.Member("summary", .string(summary)), JSONValue.Member("is_mutation", .bool(isMutation)),
      JSONValue.Member("arguments", .array(arguments.map(\.description))),
    ])
  }
}

extension Argument {
  /// The words that it may be, also where it is a list of them.
  var words: [String] { type.words }

  /// Itself, and below an object or a list of them also their fields, with the names of all that they are in.
  fileprivate func fields(within place: String) -> [(name: String, argument: Argument)] {
    let path = place.isEmpty ? name : "\(place).\(name)"
    return [(path, self)] + type.fields.flatMap { $0.fields(within: path) }
  }

  fileprivate var description: JSONValue {
    .object([
      JSONValue.Member("name", .string(name)), JSONValue.Member("type", .string(type.name)),
      JSONValue.Member("is_required", .bool(isRequired)), JSONValue.Member("is_secret", .bool(isSecret)),
      JSONValue.Member("values", .array(words.map { .string($0) })),
      JSONValue.Member("fields", .array(type.fields.map(\.description))),
    ])
  }
}

extension ArgumentType {
  fileprivate var words: [String] {
    switch self {
    case .enumeration(let words): words
    case .list(let element): element.words
    default: []
    }
  }

  fileprivate var fields: [Argument] {
    switch self {
    case .object(_, let fields): fields
    case .list(let element): element.fields
    default: []
    }
  }
}
