internal import HoneydewRPC
internal import HoneydewWire

extension Option {
  static let since = Option(
    name: "--since", value: "DATE", kind: .moment, help: "No commit before this: 2026-01-31 or 2026-01-31T12:00:00Z")
  static let until = Option(name: "--until", value: "DATE", kind: .moment, help: "No commit after this")
  static let author = Option(name: "--author", value: "NAME", help: "Commits of one author")
  static let format = Option(
    name: "--format", value: "FORMAT", kind: .choice(["JSON"]), help: "Have the API add an export in this format (JSON)"
  )
  static let includeDiff = Option(
    name: "--include-diff", help: "Fetch files and patches too (printed by --json)")
}

extension Subcommand {
  static let githubCommits = Subcommand(
    words: ["github", "commits"], summary: "List a repository's commits on GitHub",
    positionals: [.organization, .repository],
    options: [.since, .until, .author, .format, .includeDiff] + APIAnswer.options,
    examples: [
      Example("honeydew github commits acme api --since 2026-01-01", "prints this year's commits as a table"),
      Example(
        "honeydew github commits acme api --author ada --include-diff --json", "prints the API's answer with patches"),
    ],
    run: { invocation throws(Failure) in
      let arguments = invocation.arguments
      var request = Honeydew_GitHubGetCommitsRequest()
      request.organization = invocation.positional(0)
      request.repository = invocation.positional(1)
      request.startDate = arguments.text(.since) ?? ""
      request.endDate = arguments.text(.until) ?? ""
      request.author = arguments.text(.author) ?? ""
      request.format = arguments.text(.format) ?? ""
      if arguments.isSet(.includeDiff) { request.includeDiff = true }
      request.options = try JobSettings(arguments).jobOptions
      let daemon = try invocation.connect()
      let reply = try daemon.unary { $0.gitHubGetCommits(request, completion: $1) }
      return try APIAnswer.show(reply.jobID, daemon, invocation)
    })
}
