internal import HoneydewCore
internal import HoneydewJSON

extension Subcommand {
  static let apiList = Subcommand(
    words: ["api", "list"], summary: "List the API's commands and their arguments",
    details: [
      "Arguments in brackets may be left out. The daemon is not asked.",
      "A narrow terminal shows less of the table; a pipe gets everything.",
    ],
    examples: [
      Example("honeydew api list", "prints what can be called and submitted"),
      Example("honeydew api list --json | jq -r '.[].command'", "prints the names of the commands"),
    ],
    run: { invocation throws(Failure) in
      let commands = CommandRegistry.all.filter { command in
        if case .api = command.target { true } else { false }
      }
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

  private static func json(_ command: Command) -> JSONValue {
    let arguments = command.arguments.map { argument in
      var members = [
        JSONValue.Member("name", .string(argument.name)), JSONValue.Member("type", .string(argument.type.name)),
        JSONValue.Member("required", .bool(argument.isRequired)),
      ]
      if case .enumeration(let values) = argument.type {
        members.append(JSONValue.Member("values", .array(values.map { .string($0) })))
      }
      return JSONValue.object(members)
    }
    return .object([
      JSONValue.Member("command", .string(command.name)), JSONValue.Member("provider", .string(command.provider)),
      JSONValue.Member("summary", .string(command.summary)), JSONValue.Member("arguments", .array(arguments)),
    ])
  }
}
