internal import HoneydewText
internal import HoneydewMessages
internal import HoneydewRPC

extension Subcommand {
  static let jobRemove = Subcommand(
    words: ["job", "remove"], summary: "Remove ended jobs with their results, for good",
    positionals: [.anyJobIDs],
    options: JobSelection.options + [.dryRun, .yes, .quiet],
    details: [
      "Ids name jobs: all of them are removed, or none. Options describe jobs instead, and then all",
      "ended jobs that match are removed, after a question.",
    ],
    examples: [
      Example("honeydew job remove k3v9", "removes one job"),
      Example(
        "honeydew job remove --status completed --older-than 1w", "removes what completed a week ago or earlier"),
      Example("honeydew job remove --label team=web --dry-run", "says how many jobs that would be"),
      Example("honeydew job remove --label team=web --yes", "asks no question, for scripts"),
    ],
    run: { invocation throws(Failure) in
      let selection = try JobSelection.insteadOfIDs(invocation)
      let change = BulkDialogue(verb: "Remove", past: "Removed", noun: "ended job", asks: true)
      return try change.run(invocation, try invocation.connect(), selection?.described) {
        daemon, isDryRun throws(Failure) in
        var request = Honeydew_RemoveJobsRequest()
        if let selection { request.filter = selection.message }
        request.jobIds = invocation.arguments.positionals
        request.dryRun = isDryRun
        return try daemon.unary(limit: JobSelection.patience, saying: "removing jobs") {
          $0.removeJobs(request, completion: $1)
        }
      }
    })
}
