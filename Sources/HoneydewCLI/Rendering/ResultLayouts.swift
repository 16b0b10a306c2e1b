internal import HoneydewJSON

extension ResultLayout {
  /// By command type. What is not here gets a table of whatever its rows have.
  static let layouts: [String: ResultLayout] = [
    "organizations.list": ResultLayout(
      "organizations",
      [
        Column("ORGANIZATION") { text($0["name"]) },
        Column("PROVIDERS", comfortableWidth: 12) { organization in
          (organization["providers"]?.array ?? []).map { text($0["name"]) }.joined(separator: ", ")
        },
      ]),
    "github.repositories": githubRepositories,
    "github.repositoriesByPushDate": githubRepositories,
    "github.issues": ResultLayout("issues", tickets("number", by: "user", "login")),
    "github.pullRequests": ResultLayout("pull requests", tickets("number", by: "user", "login")),
    "github.pullRequestsDetailed": ResultLayout(
      "pull requests", under: "pullRequests", tickets("number", by: "author")),
    "github.commits": commits,
    "github.clone": clone,
    "gitlab.projects": gitlabProjects,
    "gitlab.repositories": gitlabProjects,
    "gitlab.repositoriesByPushDate": gitlabProjects,
    "gitlab.issues": ResultLayout("issues", tickets("iid", by: "author", "username")),
    "gitlab.mergeRequests": ResultLayout("merge requests", tickets("iid", by: "author", "username")),
    "gitlab.mergeRequestsDetailed": ResultLayout(
      "merge requests", under: "mergeRequests", tickets("iid", by: "author")),
    "gitlab.commits": commits,
    "gitlab.clone": clone,
    "bitbucket.workspaces": ResultLayout(
      "workspaces",
      [Column("WORKSPACE") { text($0["slug"]) }, Column("NAME", comfortableWidth: 16) { text($0["name"]) }]),
    "bitbucket.repositories": bitbucketRepositories,
    "bitbucket.repositoriesByPushDate": bitbucketRepositories,
    "bitbucket.pullRequests": ResultLayout(
      "pull requests", tickets("id", by: "author", "displayName", created: "createdOn")),
    "bitbucket.pullRequestsDetailed": ResultLayout(
      "pull requests", under: "pullRequests", tickets("number", by: "author")),
    "bitbucket.commits": commits,
    "bitbucket.commitsDetailed": commits,
    "bitbucket.clone": clone,
    "jira.projects": ResultLayout(
      "projects",
      [
        Column("KEY") { text($0["key"]) },
        Column("NAME", comfortableWidth: 16) { text($0["name"]) },
        Column("TYPE", isExpendable: true) { text($0["projectTypeKey"]) },
        Column("LEAD", comfortableWidth: 12, isExpendable: true) { text($0["lead"]?["displayName"]) },
      ]),
    "jira.issues": ResultLayout(
      "issues",
      [
        Column("ISSUE") { text($0["key"]) },
        Column("STATUS", comfortableWidth: 12) { text($0["status"]?["name"]) },
        Column("PRIORITY", isExpendable: true) { text($0["priority"]?["name"]) },
        Column("ASSIGNEE", comfortableWidth: 12, isExpendable: true) { text($0["assignee"]?["displayName"]) },
        Column("UPDATED", isExpendable: true) { text($0["updatedAt"]) },
        Column("SUMMARY", comfortableWidth: 24) { firstLine($0["summary"]) },
      ]),
    "linear.teams": ResultLayout(
      "teams",
      [
        Column("TEAM") { text($0["key"]) },
        Column("NAME", comfortableWidth: 16) { text($0["name"]) },
        Column("DESCRIPTION", comfortableWidth: 24, isExpendable: true) { firstLine($0["description"]) },
      ]),
    "linear.projects": ResultLayout(
      "projects",
      [
        Column("PROJECT", comfortableWidth: 24) { text($0["name"]) },
        Column("STATE") { text($0["state"]) },
        Column("PROGRESS", isRightAligned: true) { percentage($0["progress"]) },
        Column("TARGET", isExpendable: true) { text($0["targetDate"]) },
        Column("LEAD", comfortableWidth: 12, isExpendable: true) { text($0["lead"]?["name"]) },
      ]),
    "linear.issues": ResultLayout(
      "issues",
      [
        Column("ISSUE") { text($0["identifier"]) },
        Column("STATE", comfortableWidth: 12) { text($0["state"]?["name"]) },
        Column("PRIORITY", isExpendable: true) { text($0["priorityLabel"]) },
        Column("ASSIGNEE", comfortableWidth: 12, isExpendable: true) { text($0["assignee"]?["name"]) },
        Column("UPDATED", isExpendable: true) { text($0["updatedAt"]) },
        Column("TITLE", comfortableWidth: 24) { firstLine($0["title"]) },
      ]),
  ]

  private static let commits = ResultLayout(
    "commits", under: "commits",
    [
      Column("COMMIT") { String(text($0["sha"]).prefix(10)) },
      Column("DATE") { text($0["date"]) },
      Column("AUTHOR", comfortableWidth: 12) { text($0["author"]) },
      Column("ADDED", isRightAligned: true, isExpendable: true) { text($0["additions"]) },
      Column("DELETED", isRightAligned: true, isExpendable: true) { text($0["deletions"]) },
      Column("MESSAGE", comfortableWidth: 24) { firstLine($0["message"]) },
    ])

  private static let clone = ResultLayout(
    "clones",
    [
      Column("ORGANIZATION") { text($0["organization"]) }, Column("REPOSITORY") { text($0["repository"]) },
      Column("PATH") { text($0["path"]) },
    ])

  private static let githubRepositories = ResultLayout(
    "repositories",
    [
      Column("REPOSITORY") { text($0["fullName"]) },
      Column("ACCESS", isExpendable: true) { $0["isPrivate"]?.bool == true ? "private" : "public" },
      Column("BRANCH", comfortableWidth: 8, isExpendable: true) { text($0["defaultBranch"]) },
      Column("PUSHED", isExpendable: true) { text($0["pushedAt"]) },
      Column("DESCRIPTION", comfortableWidth: 24) { firstLine($0["description"]) },
    ])

  private static let gitlabProjects = ResultLayout(
    "projects",
    [
      Column("PROJECT") { text($0["pathWithNamespace"], or: $0["name"]) },
      Column("ACCESS", isExpendable: true) { text($0["visibility"]) },
      Column("BRANCH", comfortableWidth: 8, isExpendable: true) { text($0["defaultBranch"]) },
      Column("ACTIVE", isExpendable: true) { text($0["lastActivityAt"]) },
      Column("DESCRIPTION", comfortableWidth: 24) { firstLine($0["description"]) },
    ])

  private static let bitbucketRepositories = ResultLayout(
    "repositories",
    [
      Column("REPOSITORY") { text($0["fullName"], or: $0["slug"]) },
      Column("ACCESS", isExpendable: true) { $0["isPrivate"]?.bool == true ? "private" : "public" },
      Column("BRANCH", comfortableWidth: 8, isExpendable: true) { text($0["mainBranch"]) },
      Column("UPDATED", isExpendable: true) { text($0["updatedOn"]) },
      Column("DESCRIPTION", comfortableWidth: 24) { firstLine($0["description"]) },
    ])

  /// The columns of issues, pull requests and merge requests.
  ///
  /// - Parameters:
  ///   - person: the key of who wrote it: a text, or an object that has the name under `name`.
  private static func tickets(
    _ number: String, by person: String, _ name: String? = nil, created: String = "createdAt"
  ) -> [Column] {
    [
      Column("NUMBER", isRightAligned: true) { text($0[number]) },
      Column("STATE") { text($0["state"]) },
      Column("AUTHOR", comfortableWidth: 12) { row in text(name.map { row[person]?[$0] } ?? row[person]) },
      Column("CREATED", isExpendable: true) { text($0[created]) },
      Column("TITLE", comfortableWidth: 24) { firstLine($0["title"]) },
    ]
  }
}

extension ResultLayout {
  /// A scalar as people write it; anything else as JSON.
  static func text(_ value: JSONValue?) -> String {
    switch value {
    case nil, .null: ""
    case .bool(let value): value ? "yes" : "no"
    case .number(let text), .string(let text): text
    case .some(let value): String(decoding: value.serialized, as: UTF8.self)
    }
  }

  private static func text(_ value: JSONValue?, or other: JSONValue?) -> String {
    let text = text(value)
    return text.isEmpty ? self.text(other) : text
  }

  private static func firstLine(_ value: JSONValue?) -> String {
    let text = text(value)
    return text.split(whereSeparator: \.isNewline).first.map(String.init) ?? ""
  }

  /// A number from 0 to 1 in whole percent.
  private static func percentage(_ value: JSONValue?) -> String {
    guard let share = value?.double, (0...1).contains(share) else { return text(value) }
    return "\(Int((share * 100).rounded())) %"
  }
}
