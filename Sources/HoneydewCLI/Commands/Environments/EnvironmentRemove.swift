internal import HoneydewMessages
internal import HoneydewRPC

extension Subcommand {
  static let envRemove = Subcommand(
    words: ["env", "remove"], summary: "Remove an environment with its login",
    positionals: [.environmentName],
    options: [.quiet],
    details: ["The active environment, and one that unended jobs or schedules name, cannot be removed."],
    examples: [Example("honeydew env remove development", "forgets the environment and its tokens")],
    run: { invocation throws(Failure) in
      var request = Honeydew_RemoveEnvironmentRequest()
      request.name = invocation.positional(0)
      let reply = try invocation.connect().unary { $0.removeEnvironment(request, completion: $1) }
      if invocation.isJSON {
        try invocation.console.json(reply)
      } else {
        try invocation.console.say("Removed \(invocation.positional(0)).")
      }
      return .done
    })
}
