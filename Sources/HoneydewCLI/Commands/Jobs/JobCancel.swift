internal import HoneydewText
internal import HoneydewMessages
internal import HoneydewProtobuf
internal import HoneydewRPC

extension Subcommand {
  static let jobCancel = Subcommand(
    words: ["job", "cancel"], summary: "Cancel jobs, also running ones",
    positionals: [.anyJobIDs],
    options: JobSelection.options + [.dryRun, .yes, .quiet],
    details: [
      "Ids name jobs. Options describe jobs instead, and then all pending and running jobs that match are",
      "cancelled, after a question.",
    ],
    examples: [
      Example("honeydew job cancel k3v9", "ends the job for good"),
      Example("honeydew job cancel --status pending --label team=web", "cancels those of a team's jobs that wait"),
      Example("honeydew job cancel --command github.commits --dry-run", "says how many jobs that would be"),
    ],
    run: { invocation throws(Failure) in
      guard let selection = try JobSelection.insteadOfIDs(invocation) else { return try cancelNamed(invocation) }
      let change = BulkDialogue(verb: "Cancel", past: "Cancelled", noun: "unended job", asks: true)
      return try change.run(invocation, try invocation.connect(), selection.described) {
        daemon, isDryRun throws(Failure) in
        let request = Honeydew_CancelJobRequest.with {
          $0.filter = selection.message
          $0.dryRun = isDryRun
        }
        return try daemon.unary(limit: JobSelection.patience, saying: "cancelling jobs") {
          $0.cancelJob(request, completion: $1)
        }
      }
    })

  private static func cancelNamed(_ invocation: Invocation) throws(Failure) -> ExitCode {
    let daemon = try invocation.connect()
    let isDryRun = invocation.arguments.isSet(.dryRun)
    let (replies, failure) = invocation.each(of: invocation.arguments.positionals) { id throws(Failure) in
      let request = Honeydew_CancelJobRequest.with {
        $0.jobID = id
        $0.dryRun = isDryRun
      }
      let reply = try daemon.unary { $0.cancelJob(request, completion: $1) }
      if !invocation.isJSON {
        try invocation.console.say(isDryRun ? "Would cancel \(id)." : "Cancelled \(reply.jobID).")
      }
      return reply
    }
    if invocation.isJSON { try invocation.console.json(replies) }
    if let failure { throw failure }
    return .done
  }
}
