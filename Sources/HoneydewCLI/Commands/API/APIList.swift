internal import HoneydewText
internal import HoneydewCore
internal import HoneydewJSON

extension Subcommand {
  static let apiList = Subcommand(
    words: ["api", "list"], summary: "List the API's commands and their arguments",
    options: [.columns, .sort, .quiet],
    details: [
      "Arguments in brackets may be left out; honeydew api show COMMAND has more about them. The daemon is not asked.",
      "A narrow terminal shows less of the table; a pipe gets everything.",
    ],
    examples: [
      Example("honeydew api list", "prints what can be called and submitted"),
      Example("honeydew api list --json | jq -r '.[].command'", "prints the names of the commands"),
    ],
    run: { invocation throws(Failure) in
      let commands = Command.ofTheAPI
      if invocation.isJSON {
        try invocation.console.json(JSONValue.array(commands.map(\.description)))
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
}
