internal import HoneydewText
internal import HoneydewMessages
internal import HoneydewRPC

extension Option {
  static let use = Option(name: "--use", help: "Switch to it at once")
  static let certificateFile = Option(
    name: "--ca-file", value: "FILE", kind: .file, help: "Trust the certificate authorities in this PEM file only")
  static let allowHTTP = Option(
    name: "--allow-http", help: "Admit an http URL: password and tokens travel in the open")
  static let description = Option(name: "--description", value: "TEXT", help: "What it is, for people")
}

extension Positional {
  static let environmentName = Positional(name: "NAME", kind: .environment, help: "The environment's name")
  /// The active one without it.
  static let anyEnvironmentName = Positional(
    name: "NAME", count: .optional, kind: .environment, help: "The environment's name")
}

extension Subcommand {
  static let envAdd = Subcommand(
    words: ["env", "add"], summary: "Add an environment",
    positionals: [
      Positional(name: "NAME", help: "A name for it, such as development"),
      Positional(name: "URL", help: "The GraphQL endpoint: https, or http on a loopback address"),
    ],
    options: [.use, .certificateFile, .allowHTTP, .description, .quiet],
    details: ["One that is there already with the same URL stays as it is."],
    examples: [
      Example("honeydew env add development https://api.example.com/graphql", "adds it without switching to it"),
      Example(
        "honeydew env add sandbox https://localhost:8443/graphql --ca-file ca.pem --use",
        "adds an API with a certificate of its own, and switches to it"),
    ],
    run: { invocation throws(Failure) in
      var request = Honeydew_AddEnvironmentRequest()
      request.name = invocation.positional(0)
      request.baseURL = invocation.positional(1)
      request.description_p = invocation.arguments.text(.description) ?? ""
      request.allowHTTP = invocation.arguments.isSet(.allowHTTP)
      request.setActive = invocation.arguments.isSet(.use)
      if let file = invocation.arguments.text(.certificateFile) {
        request.caFile = try invocation.process.absolutePath(ofReadableFile: file)
      }
      let reply = try invocation.connect().unary { $0.addEnvironment(request, completion: $1) }
      if invocation.isJSON {
        try invocation.console.json(reply.environment)
        return .done
      }
      let name = reply.environment.name
      try invocation.console.say(reply.alreadyExisted ? "\(name) is there already." : "Added \(name).")
      if reply.environment.isActive {
        try EnvironmentText.saySwitched(to: reply.environment.name, reply.environment.needsAuth, invocation.console)
      }
      return .done
    })
}
