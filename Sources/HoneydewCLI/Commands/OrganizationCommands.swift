internal import HoneydewRPC
internal import HoneydewWire

extension Subcommand {
  static let organizations = api(
    ["orgs"], "List the organizations and their providers",
    examples: [
      Example("honeydew orgs", "prints a table"),
      Example("honeydew orgs --env staging --json", "prints the API's answer for another environment"),
    ],
    call: { $0.listOrganizations($1, completion: $2) }, options: \.options, jobID: \.jobID)
}
