internal import HoneydewText
internal import HoneydewMessages
internal import HoneydewRPC

extension Subcommand {
  static let jobCancel = Subcommand(
    words: ["job", "cancel"], summary: "Cancel jobs, also running ones",
    positionals: [.jobIDs],
    examples: [
      Example("honeydew job cancel k3v9", "ends the job for good"),
      Example(
        "honeydew job list --status pending --json | jq -r '.[].job_id' | xargs honeydew job cancel",
        "cancels all jobs that wait"),
    ],
    run: { invocation throws(Failure) in
      let daemon = try invocation.connect()
      var replies: [Honeydew_CancelJobResponse] = []
      var failures: [Failure] = []
      for id in invocation.arguments.positionals {
        var request = Honeydew_CancelJobRequest()
        request.jobID = id
        do throws(Failure) {
          let reply = try daemon.unary { $0.cancelJob(request, completion: $1) }
          replies.append(reply)
          if !invocation.isJSON { try invocation.console.say("Cancelled \(reply.jobID).") }
        } catch {
          guard error.status != .unreachable else { throw error }
          failures.append(error)
        }
      }
      if invocation.isJSON { try invocation.console.json(replies) }
      for failure in failures.dropLast() { invocation.console.complain(failure) }
      if let last = failures.last { throw last }
      return .done
    })
}
