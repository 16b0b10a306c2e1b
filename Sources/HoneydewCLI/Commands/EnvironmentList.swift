internal import HoneydewRPC
internal import HoneydewWire

extension Subcommand {
  static let envList = Subcommand(
    words: ["env", "list"], summary: "List the environments",
    examples: [
      Example("honeydew env list", "marks the active one"),
      Example("honeydew env list --json | jq -r '.[] | select(.needs_auth).name'", "prints where a login is needed"),
    ],
    run: { invocation throws(Failure) in
      let reply = try invocation.connect().unary {
        $0.listEnvironments(Honeydew_ListEnvironmentsRequest(), completion: $1)
      }
      if invocation.isJSON {
        try invocation.console.json(reply.environments)
      } else {
        try show(reply.environments, on: invocation.console)
      }
      return .done
    })

  private static func show(_ environments: [Honeydew_Environment], on console: Console) throws(Failure) {
    guard !environments.isEmpty else {
      return console.note("There are no environments; add one with: honeydew env add NAME URL --use")
    }
    let names = environments.map { Sanitizer.printable($0.name) + ($0.isActive ? " (active)" : "") }
    let width = names.map(TextWidth.columns(of:)).max() ?? 0
    for (name, environment) in zip(names, environments) {
      let padding = String(repeating: " ", count: width - TextWidth.columns(of: name))
      try console.say([
        (name + padding, environment.isActive ? .heading : .plain), ("- " + environment.baseURL, .plain),
      ])
    }
  }
}
