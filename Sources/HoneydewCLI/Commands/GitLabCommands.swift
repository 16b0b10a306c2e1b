internal import HoneydewRPC
internal import HoneydewWire

extension Positional {
  static let project = Positional(name: "PROJECT", help: "The project's name, without the organization")
}

extension Subcommand {
  static let gitlabProjects = api(
    ["gitlab", "projects"], "List an organization's projects on GitLab",
    [
      .positional(.organization, \.organization)
    ],
    examples: [
      Example("honeydew gitlab projects acme", "prints a table"),
      Example(
        "honeydew gitlab projects acme --json | jq -r '.gitlabProjects[].pathWithNamespace'", "prints their paths"),
    ],
    call: { $0.gitLabListProjects($1, completion: $2) }, options: \.options, jobID: \.jobID)

  static let gitlabCommits = api(
    ["gitlab", "commits"], "List a project's commits on GitLab",
    [
      .positional(.organization, \.organization), .positional(.project, \.project), .option(.since, \.startDate),
      .option(.until, \.endDate), .option(.author, \.author), .option(.format, \.format),
      .flag(.includeDiff, \.includeDiff),
    ],
    examples: [
      Example("honeydew gitlab commits acme api --since 2026-01-01", "prints this year's commits as a table"),
      Example(
        "honeydew gitlab commits acme api --author ada --include-diff --json", "prints the API's answer with patches"),
    ],
    call: { $0.gitLabGetCommits($1, completion: $2) }, options: \.options, jobID: \.jobID)

  static let gitlabMergeRequests = api(
    ["gitlab", "mrs"], "List a project's merge requests on GitLab",
    [
      .positional(.organization, \.organization), .positional(.project, \.repo), .option(.since, \.startDate),
      .option(.until, \.endDate),
    ],
    examples: [
      Example("honeydew gitlab mrs acme api", "prints a table"),
      Example("honeydew gitlab mrs acme api --since 2026-01-01 --json", "prints the API's answer for this year"),
    ],
    call: { $0.gitLabGetMergeRequests($1, completion: $2) }, options: \.options, jobID: \.jobID)

  static let gitlabClone = api(
    ["gitlab", "clone"], "Have the Honeydew API clone a repository of GitLab",
    [.positional(.organization, \.organization), .positional(.repository, \.repository)],
    examples: [
      Example("honeydew gitlab clone acme api", "prints where the clone is"),
      Example("honeydew gitlab clone acme api --no-wait", "prints the job's id"),
    ],
    call: { $0.gitLabCloneRepository($1, completion: $2) }, options: \.options, jobID: \.jobID)
}
