internal import HoneydewRPC
internal import HoneydewWire

extension Positional {
  static let projectKey = Positional(
    name: "PROJECT", count: .optional, help: "The project's key, as listed by: honeydew jira projects ORG")
}

extension Subcommand {
  static let jiraProjects = api(
    ["jira", "projects"], "List an organization's projects on Jira",
    [
      .positional(.organization, \.organization)
    ],
    examples: [
      Example("honeydew jira projects acme", "prints a table")
    ],
    call: { $0.jiraListProjects($1, completion: $2) }, options: \.options, jobID: \.jobID)

  static let jiraIssues = api(
    ["jira", "issues"], "List an organization's issues on Jira",
    [
      .positional(.organization, \.organization), .positional(.projectKey, \.project), .option(.since, \.startDate),
      .option(.until, \.endDate),
    ],
    examples: [
      Example("honeydew jira issues acme --since 2026-01-01", "prints this year's issues of all projects as a table"),
      Example("honeydew jira issues acme WEB --json", "prints the API's answer for one project"),
    ],
    call: { $0.jiraGetIssues($1, completion: $2) }, options: \.options, jobID: \.jobID)
}
