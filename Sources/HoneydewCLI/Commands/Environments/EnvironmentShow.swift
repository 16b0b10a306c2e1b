internal import HoneydewText
internal import HoneydewMessages
internal import HoneydewRPC

extension Subcommand {
  static let envShow = Subcommand(
    words: ["env", "show"], summary: "Show an environment, by default the active one",
    positionals: [.anyEnvironmentName],
    examples: [
      Example("honeydew env show", "shows where jobs go"),
      Example("honeydew env show staging --json | jq -r .base_url", "prints the URL of an environment"),
    ],
    run: { invocation throws(Failure) in
      let environment = try find(invocation.arguments.positionals.first, invocation.connect())
      if invocation.isJSON {
        try invocation.console.json(environment)
      } else {
        try invocation.console.facts(EnvironmentText.facts(environment, invocation.console.times))
      }
      return .done
    })

  private static func find(_ name: String?, _ daemon: DaemonSession) throws(Failure) -> Honeydew_Environment {
    guard let name else {
      return try daemon.read { $0.getActiveEnvironment(Honeydew_GetActiveEnvironmentRequest(), completion: $1) }
        .environment
    }
    let all = try daemon.read { $0.listEnvironments(Honeydew_ListEnvironmentsRequest(), completion: $1) }.environments
    guard let found = all.first(where: { $0.name == name }) else {
      let question = suggestion(for: name, among: all.map(\.name))
      throw Failure(
        .failed, "there is no environment \(quoted(name))" + (question.isEmpty ? "; see: honeydew env list" : question))
    }
    return found
  }
}
