internal import HoneydewText
internal import HoneydewCore
internal import HoneydewJSON

extension Subcommand {
  static let apiList = Subcommand(
    words: ["api", "list"], summary: "List the API's commands and their arguments",
    options: [.columns, .sort],
    details: [
      "Arguments in brackets may be left out. The daemon is not asked.",
      "A narrow terminal shows less of the table; a pipe gets everything.",
    ],
    examples: [
      Example("honeydew api list", "prints what can be called and submitted"),
      Example("honeydew api list --json | jq -r '.[].command'", "prints the names of the commands"),
    ],
    run: { invocation throws(Failure) in
      let commands = CommandRegistry.all.filter(\.callsAPI)
      if invocation.isJSON {
        try invocation.console.json(JSONValue.array(commands.map(json)))
      } else {
        try show(commands, on: invocation.console)
      }
      return .done
    })

  private static func show(_ commands: [Command], on console: Console) throws(Failure) {
    var table = Table([
      Table.Column(title: "COMMAND"), Table.Column(title: "ARGUMENTS", comfortableWidth: 32),
      Table.Column(title: "SUMMARY", comfortableWidth: 24, isExpendable: true),
    ])
    for command in commands {
      let arguments = command.arguments.map { $0.isRequired ? $0.name : "[\($0.name)]" }
      table.add([
        Table.Cell(command.name), Table.Cell(arguments.joined(separator: " ")), Table.Cell(command.summary),
      ])
    }
    try console.table(table)
  }

  /// As `ListCommands` describes it.
  private static func json(_ command: Command) -> JSONValue {
    let isMutation = if case .api(_, true, _) = command.target { true } else { false }
    return .object([
      JSONValue.Member("command", .string(command.name)), JSONValue.Member("provider", .string(command.provider)),
      JSONValue.Member("summary", .string(command.summary)), JSONValue.Member("is_mutation", .bool(isMutation)),
      JSONValue.Member("arguments", .array(command.arguments.map(json))),
    ])
  }

  private static func json(_ argument: Argument) -> JSONValue {
    var (words, fields): ([String], [Argument]) = ([], [])
    switch argument.type {
    case .enumeration(let values): words = values
    case .object(_, let members): fields = members
    default: break
    }
    return .object([
      JSONValue.Member("name", .string(argument.name)), JSONValue.Member("type", .string(argument.type.name)),
      JSONValue.Member("is_required", .bool(argument.isRequired)),
      JSONValue.Member("is_secret", .bool(argument.isSecret)),
      JSONValue.Member("values", .array(words.map { .string($0) })),
      JSONValue.Member("fields", .array(fields.map(json))),
    ])
  }
}
