internal import HoneydewCore
internal import HoneydewMessages
internal import HoneydewRPC

extension Subcommand {
  static let scheduleRemove = Subcommand(
    words: ["schedule", "remove"], summary: "Remove a schedule",
    positionals: [.scheduleName],
    options: [.quiet],
    details: [
      "Its jobs stay, also those that have not ended and those that wait for one another: they still run. A new",
      "schedule of the same name counts them as its own.",
    ],
    examples: [Example("honeydew schedule remove nightly", "lets it never run again")],
    run: { invocation throws(Failure) in
      var request = Honeydew_UnscheduleJobRequest()
      request.name = invocation.positional(0)
      let reply = try invocation.connect().unary { $0.unscheduleJob(request, completion: $1) }
      if invocation.isJSON {
        try invocation.console.json(reply)
      } else {
        try invocation.console.say("Removed \(invocation.positional(0)).")
        if let jobs = ScheduleText.unended(reply.unendedJobs) {
          invocation.console.note(
            "\(jobs) and will still run; to cancel what waits: honeydew job cancel --schedule "
              + "\(ShellWord.word(reply.name)) --status pending")
        }
      }
      return .done
    })
}
