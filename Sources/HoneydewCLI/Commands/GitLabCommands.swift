internal import HoneydewRPC
internal import HoneydewWire

extension Positional {
  static let project = Positional(name: "PROJECT", help: "The project's name, without the organization")
}

extension Subcommand {
  static let gitlabProjects = api(
    ["gitlab", "projects"], "List an organization's projects on GitLab",
    positionals: [.organization],
    examples: [
      Example("honeydew gitlab projects acme", "prints a table"),
      Example(
        "honeydew gitlab projects acme --json | jq -r '.gitlabProjects[].pathWithNamespace'", "prints their paths"),
    ],
    call: { $0.gitLabListProjects($1, completion: $2) }, jobID: \.jobID
  ) { arguments, options in
    .with {
      $0.organization = arguments.positional(0)
      $0.options = options
    }
  }

  static let gitlabCommits = api(
    ["gitlab", "commits"], "List a project's commits on GitLab",
    positionals: [.organization, .project],
    options: [.since, .until, .author, .format, .includeDiff],
    examples: [
      Example("honeydew gitlab commits acme api --since 2026-01-01", "prints this year's commits as a table"),
      Example(
        "honeydew gitlab commits acme api --author ada --include-diff --json", "prints the API's answer with patches"),
    ],
    call: { $0.gitLabGetCommits($1, completion: $2) }, jobID: \.jobID
  ) { arguments, options in
    .with {
      $0.organization = arguments.positional(0)
      $0.project = arguments.positional(1)
      $0.startDate = arguments.text(.since) ?? ""
      $0.endDate = arguments.text(.until) ?? ""
      $0.author = arguments.text(.author) ?? ""
      $0.format = arguments.text(.format) ?? ""
      if arguments.isSet(.includeDiff) { $0.includeDiff = true }
      $0.options = options
    }
  }

  static let gitlabMergeRequests = api(
    ["gitlab", "mrs"], "List a project's merge requests on GitLab",
    positionals: [.organization, .project],
    options: [.since, .until],
    examples: [
      Example("honeydew gitlab mrs acme api", "prints a table"),
      Example("honeydew gitlab mrs acme api --since 2026-01-01 --json", "prints the API's answer for this year"),
    ],
    call: { $0.gitLabGetMergeRequests($1, completion: $2) }, jobID: \.jobID
  ) { arguments, options in
    .with {
      $0.organization = arguments.positional(0)
      $0.repo = arguments.positional(1)
      $0.startDate = arguments.text(.since) ?? ""
      $0.endDate = arguments.text(.until) ?? ""
      $0.options = options
    }
  }

  static let gitlabClone = api(
    ["gitlab", "clone"], "Have the Honeydew API clone a repository of GitLab",
    positionals: [.organization, .repository],
    examples: [
      Example("honeydew gitlab clone acme api", "prints where the clone is"),
      Example("honeydew gitlab clone acme api --no-wait", "prints the job's id"),
    ],
    call: { $0.gitLabCloneRepository($1, completion: $2) }, jobID: \.jobID
  ) { arguments, options in
    .with {
      $0.organization = arguments.positional(0)
      $0.repository = arguments.positional(1)
      $0.options = options
    }
  }
}
