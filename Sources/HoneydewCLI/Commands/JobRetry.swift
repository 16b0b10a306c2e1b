internal import HoneydewText
internal import HoneydewMessages
internal import HoneydewRPC

extension Subcommand {
  static let jobRetry = Subcommand(
    words: ["job", "retry"], summary: "Run failed and cancelled jobs again, under their ids",
    positionals: [.anyJobIDs],
    options: JobSelection.options,
    details: [
      "Ids name jobs: all of them are retried, or none. Options describe jobs instead, and then all",
      "failed and cancelled jobs that match are retried. Their retries are counted from zero again.",
    ],
    examples: [
      Example("honeydew job retry k3v9 m2x7", "runs two jobs again"),
      Example(
        "honeydew job retry --status failed --command github.commits", "runs all that failed of one command type again"),
    ],
    run: { invocation throws(Failure) in
      var request = Honeydew_RetryJobRequest()
      if let filter = try JobSelection.insteadOfIDs(invocation) {
        request.filter = filter.message
      } else {
        request.jobIds = invocation.arguments.positionals
      }
      let daemon = try invocation.connect()
      let reply = try daemon.unary(limit: JobSelection.patience, saying: "retrying jobs") {
        $0.retryJob(request, completion: $1)
      }
      if invocation.isJSON {
        try invocation.console.json(reply)
      } else {
        try invocation.console.say("Retried \(HumanText.count(reply.retried, "job")).")
      }
      return .done
    })
}

extension Positional {
  static let anyJobIDs = Positional(
    name: "ID", count: .any, kind: .job, help: "The jobs' ids, or as much of their beginnings as is unique")
}
