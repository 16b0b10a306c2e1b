internal import HoneydewCore
internal import HoneydewJSON
internal import HoneydewMessages
internal import HoneydewText

extension Subcommand {
  static let instanceList = Subcommand(
    words: ["instance", "list"], summary: "List the instances of the home, and how their daemons are",
    options: [.columns, .sort, .quiet],
    details: [
      "An instance is a daemon of its own, with socket, database, key, configuration and log in instances/NAME of the",
      "home: --instance NAME, or HONEYDEW_INSTANCE, names it to every command and to honeydewd. Two instances share",
      "nothing. One begins with the first command that starts its daemon, or with honeydewd --instance NAME.",
    ],
    columns: columns,
    examples: [
      Example("honeydew instance list", "shows which run, and how many jobs they have"),
      Example("honeydew instance list --quiet", "prints their names"),
      Example(
        "honeydew instance list --json | jq -r '.[] | select(.state == \"running\").name'", "prints those that run"),
    ],
    run: { invocation throws(Failure) in
      guard !invocation.arguments.isSet(.instance) else {
        throw .usage("the instances are those of a home; leave out --instance")
      }
      let instances = try Instances(invocation)
      var found: [Instances.Facts] = []
      for name in try instances.names() { found.append(try instances.facts(of: name)) }
      if invocation.isJSON {
        try invocation.console.json(.array(found.map(json)))
        return .done
      }
      try invocation.console.table(table(of: found))
      if found.isEmpty {
        invocation.console.note(
          "There are no instances in \(instances.home); start one with: honeydewd --instance NAME")
      }
      return .done
    })

  private static let columns = [
    Table.Column(title: "INSTANCE"), Table.Column(title: "STATE"), Table.Column(title: "PROCESS", isRightAligned: true),
    Table.Column(title: "VERSION", isExpendable: true), Table.Column(title: "PENDING", isRightAligned: true),
    Table.Column(title: "RUNNING", isRightAligned: true), Table.Column(title: "COMPLETED", isRightAligned: true),
    Table.Column(title: "FAILED", isRightAligned: true), Table.Column(title: "CANCELLED", isRightAligned: true),
  ]

  private static func table(of instances: [Instances.Facts]) -> Table {
    var table = Table(columns)
    for instance in instances {
      let jobs = instance.status?.jobs
      let counts = [jobs?.pending, jobs?.running, jobs?.completed, jobs?.failed, jobs?.cancelled]
      table.add(
        [
          Table.Cell(instance.name), Table.Cell(instance.state.rawValue, style(of: instance.state)),
          Table.Cell(instance.pid.map { $0 == 0 ? "" : String($0) } ?? ""), Table.Cell(instance.status?.version ?? ""),
        ] + counts.map { Table.Cell($0.map { String($0) } ?? "") })
    }
    return table
  }

  private static func style(of state: Instances.Facts.State) -> Style {
    switch state {
    case .running: .good
    case .stopped: .faint
    case .unreachable: .bad
    }
  }

  private static func json(_ instance: Instances.Facts) -> JSONValue {
    var members = [
      JSONValue.Member("name", .string(instance.name)), JSONValue.Member("state", .string(instance.state.rawValue)),
      JSONValue.Member("home", .string(instance.home)),
    ]
    if let pid = instance.pid, pid != 0 { members.append(JSONValue.Member("pid", .number(pid))) }
    if let status = instance.status {
      members.append(JSONValue.Member("version", .string(status.version)))
      members.append(JSONValue.Member("jobs", EmbeddedJSON.value(of: status.jobs)))
    }
    return .object(members)
  }
}
