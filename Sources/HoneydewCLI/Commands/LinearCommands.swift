internal import HoneydewRPC
internal import HoneydewWire

extension Option {
  static let team = Option(
    name: "--team", value: "TEAM", help: "Projects of one team, as listed by: honeydew linear teams ORG")
}

extension Subcommand {
  static let linearTeams = api(
    ["linear", "teams"], "List an organization's teams on Linear",
    [
      .positional(.organization, \.organization)
    ],
    examples: [
      Example("honeydew linear teams acme", "prints a table")
    ],
    call: { $0.linearListTeams($1, completion: $2) }, options: \.options, jobID: \.jobID)

  static let linearProjects = api(
    ["linear", "projects"], "List an organization's projects on Linear",
    [.positional(.organization, \.organization), .option(.team, \.team)],
    examples: [
      Example("honeydew linear projects acme", "prints the projects of all teams as a table"),
      Example("honeydew linear projects acme --team WEB", "prints those of one team"),
    ],
    call: { $0.linearListProjects($1, completion: $2) }, options: \.options, jobID: \.jobID)

  static let linearIssues = api(
    ["linear", "issues"], "List an organization's issues on Linear",
    [.positional(.organization, \.organization), .option(.since, \.startDate), .option(.until, \.endDate)],
    examples: [
      Example("honeydew linear issues acme --since 2026-01-01", "prints this year's issues as a table"),
      Example("honeydew linear issues acme --json", "prints the API's answer"),
    ],
    call: { $0.linearGetIssues($1, completion: $2) }, options: \.options, jobID: \.jobID)
}
