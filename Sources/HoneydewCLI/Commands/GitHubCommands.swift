internal import HoneydewRPC
internal import HoneydewWire

extension Subcommand {
  static let githubRepositories = api(
    ["github", "repos"], "List an organization's repositories on GitHub",
    [
      .positional(.organization, \.organization)
    ],
    examples: [
      Example("honeydew github repos acme", "prints a table"),
      Example("honeydew github repos acme --json | jq -r '.githubRepositories[].fullName'", "prints their names"),
    ],
    call: { $0.gitHubListRepositories($1, completion: $2) }, options: \.options, jobID: \.jobID)

  static let githubCommits = api(
    ["github", "commits"], "List a repository's commits on GitHub",
    [
      .positional(.organization, \.organization), .positional(.repository, \.repository), .option(.since, \.startDate),
      .option(.until, \.endDate), .option(.author, \.author), .option(.format, \.format),
      .flag(.includeDiff, \.includeDiff),
    ],
    examples: [
      Example("honeydew github commits acme api --since 2026-01-01", "prints this year's commits as a table"),
      Example(
        "honeydew github commits acme api --author ada --include-diff --json", "prints the API's answer with patches"),
    ],
    call: { $0.gitHubGetCommits($1, completion: $2) }, options: \.options, jobID: \.jobID)

  static let githubPullRequests = api(
    ["github", "prs"], "List a repository's pull requests on GitHub",
    [
      .positional(.organization, \.organization), .positional(.repository, \.repo), .option(.since, \.startDate),
      .option(.until, \.endDate),
    ],
    examples: [
      Example("honeydew github prs acme api", "prints a table"),
      Example("honeydew github prs acme api --since 2026-01-01 --json", "prints the API's answer for this year"),
    ],
    call: { $0.gitHubGetPullRequests($1, completion: $2) }, options: \.options, jobID: \.jobID)

  static let githubClone = api(
    ["github", "clone"], "Have the Honeydew API clone a repository of GitHub",
    [.positional(.organization, \.organization), .positional(.repository, \.repository)],
    examples: [
      Example("honeydew github clone acme api", "prints where the clone is"),
      Example("honeydew github clone acme api --no-wait", "prints the job's id"),
    ],
    call: { $0.gitHubCloneRepository($1, completion: $2) }, options: \.options, jobID: \.jobID)
}
