internal import HoneydewText
internal import HoneydewMessages
internal import HoneydewRPC

extension Subcommand {
  static let logout = Subcommand(
    words: ["logout"], summary: "Forget the login to the Honeydew API of an environment",
    options: [.environment, .quiet],
    details: ["Jobs of the environment that have not begun fail until the next login."],
    examples: [
      Example("honeydew logout", "forgets the tokens of the active environment"),
      Example("honeydew logout --env staging", "forgets those of another one"),
    ],
    run: { invocation throws(Failure) in
      var request = Honeydew_LogoutRequest()
      request.environment = invocation.arguments.text(.environment) ?? ""
      let reply = try invocation.connect().unary { $0.logout(request, completion: $1) }
      if invocation.isJSON {
        try invocation.console.json(reply)
      } else if reply.username.isEmpty {
        try invocation.console.say("Nobody was logged in to \(reply.environment).")
      } else {
        try invocation.console.say("Logged \(reply.username) out of \(reply.environment).")
      }
      return .done
    })
}
