internal import HoneydewMessages
internal import HoneydewRPC
internal import HoneydewText

extension Subcommand {
  static let envCheck = Subcommand(
    words: ["env", "check"], summary: "Try whether a worker can connect to an environment's API",
    positionals: [.anyEnvironmentName],
    details: [
      "A worker looks up the name, connects and checks the certificate, inside its sandbox as for every job; nothing is",
      "sent. Where all workers are busy it waits for one. The exit status is 1 when no connection came about.",
    ],
    examples: [
      Example("honeydew env check", "tries the active environment"),
      Example("honeydew env check staging --json | jq -r .problem", "prints why there is no connection"),
    ],
    run: { invocation throws(Failure) in
      let answer = try invocation.connect().check(
        environment: invocation.arguments.positionals.first ?? "", within: .seconds(60))
      if invocation.isJSON {
        try invocation.console.json(answer)
      } else if answer.problem.isEmpty {
        try invocation.console.say(EnvironmentText.reached(answer))
      } else {
        throw Failure(.failed, EnvironmentText.notReached(answer))
      }
      return answer.problem.isEmpty ? .done : .failed
    })
}

extension DaemonSession {
  /// - Parameters:
  ///   - name: empty for the active one.
  ///   - limit: how long a worker and its connection may take.
  func check(environment name: String, within limit: Duration) throws(Failure) -> Honeydew_CheckEnvironmentResponse {
    var request = Honeydew_CheckEnvironmentRequest()
    request.environment = name
    return try unary(
      limit: limit, overdue: .timedOut, saying: "waiting for a worker to connect",
      advice: "a worker may be busy for that long; see: honeydew worker list"
    ) { $0.checkEnvironment(request, completion: $1) }
  }
}

extension EnvironmentText {
  static func reached(_ answer: Honeydew_CheckEnvironmentResponse) -> String {
    "\(answer.environment): a worker can connect to \(answer.baseURL)"
  }

  static func notReached(_ answer: Honeydew_CheckEnvironmentResponse) -> String {
    "\(answer.environment): no worker can connect to \(answer.baseURL): \(answer.problem)"
  }
}
