internal import HoneydewMessages
internal import HoneydewRPC

extension Subcommand {
  static let envUse = Subcommand(
    words: ["env", "use"], summary: "Switch to another environment",
    positionals: [.environmentName],
    options: [.quiet],
    details: ["Jobs that were submitted before stay with the environment that was active then."],
    examples: [Example("honeydew env use development", "makes it the one that new jobs go to")],
    run: { invocation throws(Failure) in
      var request = Honeydew_SetActiveEnvironmentRequest()
      request.name = invocation.positional(0)
      let reply = try invocation.connect().unary { $0.setActiveEnvironment(request, completion: $1) }
      if invocation.isJSON {
        try invocation.console.json(reply)
      } else {
        try EnvironmentText.saySwitched(to: reply.environment.name, reply.needsAuth, invocation.console)
      }
      return .done
    })
}
