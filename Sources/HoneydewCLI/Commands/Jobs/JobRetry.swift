internal import HoneydewText
internal import HoneydewMessages
internal import HoneydewRPC

extension Subcommand {
  static let jobRetry = Subcommand(
    words: ["job", "retry"], summary: "Run failed and cancelled jobs again, under their ids",
    positionals: [.anyJobIDs],
    options: JobSelection.options + [.dryRun, .quiet],
    details: [
      "Ids name jobs: all of them are retried, or none. Options describe jobs instead, and then all",
      "failed and cancelled jobs that match are retried. Their retries are counted from zero again.",
    ],
    examples: [
      Example("honeydew job retry k3v9 m2x7", "runs two jobs again"),
      Example(
        "honeydew job retry --status failed --command github.commits", "runs all that failed of one command type again"),
      Example("honeydew job retry --created-from yesterday --dry-run", "says how many jobs that would be"),
    ],
    run: { invocation throws(Failure) in
      let selection = try JobSelection.insteadOfIDs(invocation)
      let change = BulkDialogue(verb: "Retry", past: "Retried", noun: "failed or cancelled job", asks: false)
      return try change.run(invocation, try invocation.connect(), selection?.described) {
        daemon, isDryRun throws(Failure) in
        var request = Honeydew_RetryJobRequest()
        if let selection { request.filter = selection.message }
        request.jobIds = invocation.arguments.positionals
        request.dryRun = isDryRun
        return try daemon.unary(limit: JobSelection.patience, saying: "retrying jobs") {
          $0.retryJob(request, completion: $1)
        }
      }
    })
}

extension Positional {
  static let anyJobIDs = Positional(
    name: "ID", count: .any, kind: .job, help: "The jobs' ids, or as much of their beginnings as is unique")
}
