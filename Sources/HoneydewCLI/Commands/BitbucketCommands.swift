internal import HoneydewRPC
internal import HoneydewWire

extension Positional {
  static let workspace = Positional(
    name: "WORKSPACE", help: "The workspace, as listed by: honeydew bitbucket workspaces")
  static let workspaceRepository = Positional(
    name: "REPO", count: .optional, help: "The repository's name, without the workspace (default: all of them)")
}

extension Subcommand {
  static let bitbucketWorkspaces = api(
    ["bitbucket", "workspaces"], "List the workspaces on Bitbucket",
    examples: [
      Example("honeydew bitbucket workspaces", "prints a table")
    ],
    call: { $0.bitbucketListWorkspaces($1, completion: $2) }, options: \.options, jobID: \.jobID)

  static let bitbucketRepositories = api(
    ["bitbucket", "repos"], "List a workspace's repositories on Bitbucket",
    [
      .positional(.workspace, \.workspace)
    ],
    examples: [
      Example("honeydew bitbucket repos acme", "prints a table"),
      Example("honeydew bitbucket repos acme --json | jq -r '.bitbucketRepositories[].slug'", "prints their names"),
    ],
    call: { $0.bitbucketListRepositories($1, completion: $2) }, options: \.options, jobID: \.jobID)

  static let bitbucketCommits = api(
    ["bitbucket", "commits"], "List the commits of a repository or a workspace on Bitbucket",
    [
      .positional(.workspace, \.workspace), .positional(.workspaceRepository, \.repository),
      .option(.since, \.startDate), .option(.until, \.endDate), .option(.format, \.format),
      .flag(.includeDiff, \.includeDiff),
    ],
    examples: [
      Example("honeydew bitbucket commits acme api --since 2026-01-01", "prints this year's commits as a table"),
      Example("honeydew bitbucket commits acme --json", "prints the API's answer for the whole workspace"),
    ],
    call: { $0.bitbucketGetCommits($1, completion: $2) }, options: \.options, jobID: \.jobID)

  static let bitbucketClone = api(
    ["bitbucket", "clone"], "Have the Honeydew API clone a repository of Bitbucket",
    [.positional(.workspace, \.workspace), .positional(.repository, \.repository)],
    examples: [
      Example("honeydew bitbucket clone acme api", "prints where the clone is"),
      Example("honeydew bitbucket clone acme api --no-wait", "prints the job's id"),
    ],
    call: { $0.bitbucketCloneRepository($1, completion: $2) }, options: \.options, jobID: \.jobID)
}
