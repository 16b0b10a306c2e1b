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
    call: { $0.bitbucketListWorkspaces($1, completion: $2) }, jobID: \.jobID
  ) { _, options in
    .with {
      $0.options = options
    }
  }

  static let bitbucketRepositories = api(
    ["bitbucket", "repos"], "List a workspace's repositories on Bitbucket",
    positionals: [.workspace],
    examples: [
      Example("honeydew bitbucket repos acme", "prints a table"),
      Example("honeydew bitbucket repos acme --json | jq -r '.bitbucketRepositories[].slug'", "prints their names"),
    ],
    call: { $0.bitbucketListRepositories($1, completion: $2) }, jobID: \.jobID
  ) { arguments, options in
    .with {
      $0.workspace = arguments.positional(0)
      $0.options = options
    }
  }

  static let bitbucketCommits = api(
    ["bitbucket", "commits"], "List the commits of a repository or a workspace on Bitbucket",
    positionals: [.workspace, .workspaceRepository],
    options: [.since, .until, .format, .includeDiff],
    examples: [
      Example("honeydew bitbucket commits acme api --since 2026-01-01", "prints this year's commits as a table"),
      Example("honeydew bitbucket commits acme --json", "prints the API's answer for the whole workspace"),
    ],
    call: { $0.bitbucketGetCommits($1, completion: $2) }, jobID: \.jobID
  ) { arguments, options in
    .with {
      $0.workspace = arguments.positional(0)
      $0.repository = arguments.positional(1)
      $0.startDate = arguments.text(.since) ?? ""
      $0.endDate = arguments.text(.until) ?? ""
      $0.format = arguments.text(.format) ?? ""
      if arguments.isSet(.includeDiff) { $0.includeDiff = true }
      $0.options = options
    }
  }

  static let bitbucketClone = api(
    ["bitbucket", "clone"], "Have the Honeydew API clone a repository of Bitbucket",
    positionals: [.workspace, .repository],
    examples: [
      Example("honeydew bitbucket clone acme api", "prints where the clone is"),
      Example("honeydew bitbucket clone acme api --no-wait", "prints the job's id"),
    ],
    call: { $0.bitbucketCloneRepository($1, completion: $2) }, jobID: \.jobID
  ) { arguments, options in
    .with {
      $0.workspace = arguments.positional(0)
      $0.repository = arguments.positional(1)
      $0.options = options
    }
  }
}
