internal import HoneydewText
internal import HoneydewMessages
internal import HoneydewRPC

extension Option {
  static let yes = Option(name: "--yes", help: "Do not ask whether it is meant")
}

extension Subcommand {
  static let jobRemove = Subcommand(
    words: ["job", "remove"], summary: "Remove ended jobs with their results, for good",
    positionals: [.anyJobIDs],
    options: JobSelection.options + [.olderThan, .yes],
    details: [
      "Ids name jobs: all of them are removed, or none. Options describe jobs instead, and then all",
      "ended jobs that match are removed, after a question.",
    ],
    examples: [
      Example("honeydew job remove k3v9", "removes one job"),
      Example(
        "honeydew job remove --status completed --older-than 168h", "removes what completed a week ago or earlier"),
      Example("honeydew job remove --label team=web --yes", "asks no question, for scripts"),
    ],
    run: { invocation throws(Failure) in
      var request = Honeydew_RemoveJobsRequest()
      if let filter = try JobSelection.insteadOfIDs(invocation) {
        request.filter = filter.message
        if !invocation.arguments.isSet(.yes) {
          try Prompt.confirm("Remove all ended jobs with \(filter.text)?", orElse: "--yes", invocation.console)
        }
      } else {
        request.jobIds = invocation.arguments.positionals
      }
      let daemon = try invocation.connect()
      let reply = try daemon.unary(limit: JobSelection.patience, saying: "removing jobs") {
        $0.removeJobs(request, completion: $1)
      }
      if invocation.isJSON {
        try invocation.console.json(reply)
      } else {
        try invocation.console.say("Removed \(HumanText.count(reply.removed, "job")).")
      }
      return .done
    })
}
