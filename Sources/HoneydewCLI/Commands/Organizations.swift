internal import HoneydewRPC
internal import HoneydewWire

extension Subcommand {
  static let organizations = Subcommand(
    words: ["orgs"], summary: "List the organizations and their providers",
    options: APIAnswer.options,
    examples: [
      Example("honeydew orgs", "prints a table"),
      Example("honeydew orgs --env staging --json", "prints the API's answer for another environment"),
    ],
    run: { invocation throws(Failure) in
      var request = Honeydew_ListOrganizationsRequest()
      request.options = try JobSettings(invocation.arguments).jobOptions
      let daemon = try invocation.connect()
      let reply = try daemon.unary { $0.listOrganizations(request, completion: $1) }
      return try APIAnswer.show(reply.jobID, daemon, invocation)
    })
}
