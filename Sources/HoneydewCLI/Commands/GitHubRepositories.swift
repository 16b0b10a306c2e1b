internal import HoneydewRPC
internal import HoneydewWire

extension Subcommand {
  static let githubRepositories = Subcommand(
    words: ["github", "repos"], summary: "List an organization's repositories on GitHub",
    positionals: [.organization],
    options: APIAnswer.options,
    examples: [
      Example("honeydew github repos acme", "prints a table"),
      Example("honeydew github repos acme --json | jq -r '.githubRepositories[].fullName'", "prints their names"),
    ],
    run: { invocation throws(Failure) in
      var request = Honeydew_GitHubListRepositoriesRequest()
      request.organization = invocation.positional(0)
      request.options = try JobSettings(invocation.arguments).jobOptions
      let daemon = try invocation.connect()
      let reply = try daemon.unary { $0.gitHubListRepositories(request, completion: $1) }
      return try APIAnswer.show(reply.jobID, daemon, invocation)
    })
}
