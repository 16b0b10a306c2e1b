internal import HoneydewRPC
internal import HoneydewWire

extension Option {
  static let team = Option(
    name: "--team", value: "TEAM", help: "Projects of one team, as listed by: honeydew linear teams ORG")
}

extension Subcommand {
  static let linearTeams = api(
    ["linear", "teams"], "List an organization's teams on Linear",
    positionals: [.organization],
    examples: [
      Example("honeydew linear teams acme", "prints a table")
    ],
    call: { $0.linearListTeams($1, completion: $2) }, jobID: \.jobID
  ) { arguments, options in
    .with {
      $0.organization = arguments.positional(0)
      $0.options = options
    }
  }

  static let linearProjects = api(
    ["linear", "projects"], "List an organization's projects on Linear",
    positionals: [.organization],
    options: [.team],
    examples: [
      Example("honeydew linear projects acme", "prints the projects of all teams as a table"),
      Example("honeydew linear projects acme --team WEB", "prints those of one team"),
    ],
    call: { $0.linearListProjects($1, completion: $2) }, jobID: \.jobID
  ) { arguments, options in
    .with {
      $0.organization = arguments.positional(0)
      $0.team = arguments.text(.team) ?? ""
      $0.options = options
    }
  }

  static let linearIssues = api(
    ["linear", "issues"], "List an organization's issues on Linear",
    positionals: [.organization],
    options: [.since, .until],
    examples: [
      Example("honeydew linear issues acme --since 2026-01-01", "prints this year's issues as a table"),
      Example("honeydew linear issues acme --json", "prints the API's answer"),
    ],
    call: { $0.linearGetIssues($1, completion: $2) }, jobID: \.jobID
  ) { arguments, options in
    .with {
      $0.organization = arguments.positional(0)
      $0.startDate = arguments.text(.since) ?? ""
      $0.endDate = arguments.text(.until) ?? ""
      $0.options = options
    }
  }
}
