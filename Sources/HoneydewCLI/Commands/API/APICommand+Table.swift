internal import HoneydewCore
internal import HoneydewText

extension APICommand {
  /// The commands of the API that have words of their own. Any other is called with `honeydew api call`.
  static let all: [APICommand] = [
    APICommand(
      ["orgs"], "organizations.list", "List the organizations and their providers",
      examples: [
        Example("honeydew orgs", "prints a table"),
        Example("honeydew orgs --env staging --json", "prints the API's answer for another environment"),
      ]),
    APICommand(
      ["github", "repos"], "github.repositories", "List an organization's repositories on GitHub",
      [.word(.organization)],
      examples: [
        Example("honeydew github repos acme", "prints a table"),
        Example("honeydew github repos acme --json | jq -r '.githubRepositories[].fullName'", "prints their names"),
      ]),
    APICommand(
      ["github", "commits"], "github.commits", "List a repository's commits on GitHub",
      [
        .word(.organization), .word(.repository), .option(.since), .option(.until), .option(.author), .option(.format),
        .option(.includeDiff),
      ],
      examples: [
        Example("honeydew github commits acme api --since 2026-01-01", "prints this year's commits as a table"),
        Example(
          "honeydew github commits acme api --author ada --include-diff --json", "prints the API's answer with patches"),
      ]),
    APICommand(
      ["github", "prs"], "github.pullRequests", "List a repository's pull requests on GitHub",
      [.word(.organization), .word(.repository), .option(.since), .option(.until)],
      examples: [
        Example("honeydew github prs acme api", "prints a table"),
        Example("honeydew github prs acme api --since 2026-01-01 --json", "prints the API's answer for this year"),
      ]),
    APICommand(
      ["github", "clone"], "github.clone", "Have the Honeydew API clone a repository of GitHub",
      [.word(.organization), .word(.repository)],
      examples: [
        Example("honeydew github clone acme api", "prints where the clone is"),
        Example("honeydew github clone acme api --no-wait", "prints the job's id"),
      ]),
    APICommand(
      ["gitlab", "projects"], "gitlab.projects", "List an organization's projects on GitLab", [.word(.organization)],
      examples: [
        Example("honeydew gitlab projects acme", "prints a table"),
        Example(
          "honeydew gitlab projects acme --json | jq -r '.gitlabProjects[].name'", "prints their names"),
      ]),
    APICommand(
      ["gitlab", "commits"], "gitlab.commits", "List a project's commits on GitLab",
      [
        .word(.organization), .word(.project), .option(.since), .option(.until), .option(.author), .option(.format),
        .option(.includeDiff),
      ],
      examples: [
        Example("honeydew gitlab commits acme api --since 2026-01-01", "prints this year's commits as a table"),
        Example(
          "honeydew gitlab commits acme api --author ada --include-diff --json", "prints the API's answer with patches"),
      ]),
    APICommand(
      ["gitlab", "mrs"], "gitlab.mergeRequests", "List a project's merge requests on GitLab",
      [.word(.organization), .word(.project), .option(.since), .option(.until)],
      examples: [
        Example("honeydew gitlab mrs acme api", "prints a table"),
        Example("honeydew gitlab mrs acme api --since 2026-01-01 --json", "prints the API's answer for this year"),
      ]),
    APICommand(
      ["gitlab", "clone"], "gitlab.clone", "Have the Honeydew API clone a repository of GitLab",
      [.word(.organization), .word(.repository)],
      examples: [
        Example("honeydew gitlab clone acme api", "prints where the clone is"),
        Example("honeydew gitlab clone acme api --no-wait", "prints the job's id"),
      ]),
    APICommand(
      ["bitbucket", "workspaces"], "bitbucket.workspaces", "List the workspaces on Bitbucket",
      examples: [
        Example("honeydew bitbucket workspaces", "prints a table")
      ]),
    APICommand(
      ["bitbucket", "repos"], "bitbucket.repositories", "List a workspace's repositories on Bitbucket",
      [.word(.workspace)],
      examples: [
        Example("honeydew bitbucket repos acme", "prints a table"),
        Example("honeydew bitbucket repos acme --json | jq -r '.bitbucketRepositories[].slug'", "prints their names"),
      ]),
    APICommand(
      ["bitbucket", "commits"], "bitbucket.commits", "List the commits of a repository or a workspace on Bitbucket",
      [
        .word(.workspace), .word(.workspaceRepository), .option(.since), .option(.until), .option(.format),
        .option(.includeDiff),
      ],
      examples: [
        Example("honeydew bitbucket commits acme api --since 2026-01-01", "prints this year's commits as a table"),
        Example("honeydew bitbucket commits acme --json", "prints the API's answer for the whole workspace"),
      ]),
    APICommand(
      ["bitbucket", "clone"], "bitbucket.clone", "Have the Honeydew API clone a repository of Bitbucket",
      [.word(.workspace), .word(.repository)],
      examples: [
        Example("honeydew bitbucket clone acme api", "prints where the clone is"),
        Example("honeydew bitbucket clone acme api --no-wait", "prints the job's id"),
      ]),
    APICommand(
      ["jira", "projects"], "jira.projects", "List an organization's projects on Jira", [.word(.organization)],
      examples: [
        Example("honeydew jira projects acme", "prints a table")
      ]),
    APICommand(
      ["jira", "issues"], "jira.issues", "List an organization's issues on Jira",
      [.word(.organization), .word(.projectKey), .option(.since), .option(.until)],
      examples: [
        Example("honeydew jira issues acme --since 2026-01-01", "prints this year's issues of all projects as a table"),
        Example("honeydew jira issues acme WEB --json", "prints the API's answer for one project"),
      ]),
    APICommand(
      ["linear", "teams"], "linear.teams", "List an organization's teams on Linear", [.word(.organization)],
      examples: [
        Example("honeydew linear teams acme", "prints a table")
      ]),
    APICommand(
      ["linear", "projects"], "linear.projects", "List an organization's projects on Linear",
      [.word(.organization), .option(.team)],
      examples: [
        Example("honeydew linear projects acme", "prints the projects of all teams as a table"),
        Example("honeydew linear projects acme --team WEB", "prints those of one team"),
      ]),
    APICommand(
      ["linear", "issues"], "linear.issues", "List an organization's issues on Linear",
      [.word(.organization), .option(.since), .option(.until)],
      examples: [
        Example("honeydew linear issues acme --since 2026-01-01", "prints this year's issues as a table"),
        Example("honeydew linear issues acme --json", "prints the API's answer"),
      ]),
  ]
}

extension Positional {
  static let project = Positional(name: "PROJECT", help: "The project's name, without the organization")
  static let workspace = Positional(
    name: "WORKSPACE", help: "The workspace, as listed by: honeydew bitbucket workspaces")
  static let workspaceRepository = Positional(
    name: "REPO", count: .optional, help: "The repository's name, without the workspace (default: all of them)")
  static let projectKey = Positional(
    name: "PROJECT", count: .optional, help: "The project's key, as listed by: honeydew jira projects ORG")
}

extension Option {
  static let since = Option(
    name: "--since", value: "TIME", kind: .moment(.past), help: "Nothing before this: 2026-01-31, yesterday, 2w")
  static let until = Option(name: "--until", value: "TIME", kind: .moment(.past), help: "Nothing after this")
  static let author = Option(name: "--author", value: "NAME", help: "Commits of one author")
  static let format = Option(
    name: "--format", value: "FORMAT", kind: .choice(["JSON"]), help: "Have the API add an export in this format (JSON)"
  )
  static let includeDiff = Option(
    name: "--include-diff", help: "Fetch files and patches too (printed by --json)")
  static let team = Option(
    name: "--team", value: "TEAM", help: "Projects of one team, as listed by: honeydew linear teams ORG")
}
