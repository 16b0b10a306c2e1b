internal import HoneydewText
internal import HoneydewMessages

extension Option {
  static let username = Option(name: "--username", value: "NAME", help: "The user (default: ask)")
  static let passwordFromInput = Option(
    name: "--password-stdin", help: "Read the password from standard input")
}

extension Subcommand {
  static let login = Subcommand(
    words: ["login"], summary: "Log in to the Honeydew API of an environment",
    options: [.username, .passwordFromInput, .environment, .quiet],
    details: [
      "The daemon keeps the tokens, sealed; nobody keeps the password.",
      "A password is never taken from the command line, where other users could see it.",
    ],
    examples: [
      Example("honeydew login", "asks for user name and password, and logs in to the active environment"),
      Example(
        "pass show honeydew | honeydew login --username ada --password-stdin --env staging",
        "logs in without asking"),
    ],
    run: { invocation throws(Failure) in
      // Connecting first: nobody types a password for a daemon that is not there.
      let daemon = try invocation.connect()
      var request = Honeydew_LoginRequest()
      request.environment = invocation.arguments.text(.environment) ?? ""
      if let username = invocation.arguments.text(.username) {
        request.username = username
      } else if invocation.arguments.isSet(.passwordFromInput) {
        throw .usage("--password-stdin needs --username NAME, as standard input holds only the password")
      }
      if invocation.arguments.isSet(.passwordFromInput) { request.password = try Prompt.firstLineOfInput() }
      let reply = try LoginDialogue.logIn(request, daemon, invocation.console)
      if invocation.isJSON {
        try invocation.console.json(reply)
      } else {
        try invocation.console.say("Logged in to \(reply.environment) as \(reply.username).")
      }
      return .done
    })
}
