internal import HoneydewConfig
internal import HoneydewJSON
internal import HoneydewMessages
internal import HoneydewSystem
internal import HoneydewText

extension Subcommand {
  static let ports = Subcommand(
    words: ["ports"], summary: "List the ports at which a local command's processes listen",
    positionals: [.localJob],
    options: [.columns, .sort, .quiet],
    details: ["TCP and UDP, of all the processes that it has started. They are shown to their own user and to root."],
    columns: columns,
    examples: [
      Example("honeydew ports k3v9", "shows where a server can be reached"),
      Example("honeydew ports k3v9 -q", "prints the numbers alone"),
      Example("honeydew ports k3v9 --json | jq '.[0].port'", "prints the first one"),
    ],
    run: { invocation throws(Failure) in
      let daemon = try invocation.connect()
      let job = try LocalJobs.status(invocation.positional(0), daemon)
      guard job.pid > 0 else {
        throw Failure(.failed, "job \(job.jobID) is \(job.status), and has no process: it listens nowhere")
      }
      let found: [ProcessPort]
      do throws(Errno) {
        found = try ProcessPort.listening(ProcessFamily.members(of: job.pid))
      } catch {
        let owner = Account.name(ofUser: daemon.server.uid) ?? String(daemon.server.uid)
        throw Failure(
          .failed,
          "cannot look at the processes of job \(job.jobID): \(error.sentence); they are shown to \(owner) and root")
      }
      if invocation.isJSON {
        try invocation.console.json(.array(found.map(json)))
        return .done
      }
      var table = Table(columns)
      for port in found {
        table.add([
          Table.Cell(String(port.number)), Table.Cell(port.transport.rawValue), Table.Cell(port.address),
          Table.Cell(String(port.pid)), Table.Cell(port.program),
        ])
      }
      try invocation.console.table(table)
      if found.isEmpty { invocation.console.note("It listens nowhere.") }
      return .done
    })

  private static let columns = [
    Table.Column(title: "PORT", isRightAligned: true), Table.Column(title: "PROTOCOL"), Table.Column(title: "ADDRESS"),
    Table.Column(title: "PID", isRightAligned: true), Table.Column(title: "PROGRAM", comfortableWidth: 12),
  ]

  private static func json(_ port: ProcessPort) -> JSONValue {
    .object([
      .init("port", .number(port.number)), .init("protocol", .string(port.transport.rawValue)),
      .init("address", .string(port.address)), .init("pid", .number(port.pid)), .init("program", .string(port.program)),
    ])
  }
}
