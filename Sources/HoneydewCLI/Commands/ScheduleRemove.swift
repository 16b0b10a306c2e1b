internal import HoneydewMessages
internal import HoneydewRPC

extension Subcommand {
  static let scheduleRemove = Subcommand(
    words: ["schedule", "remove"], summary: "Remove a schedule",
    positionals: [.scheduleName],
    details: ["Its jobs stay, also those that have not ended."],
    examples: [Example("honeydew schedule remove nightly", "lets it never run again")],
    run: { invocation throws(Failure) in
      var request = Honeydew_UnscheduleJobRequest()
      request.name = invocation.positional(0)
      let reply = try invocation.connect().unary { $0.unscheduleJob(request, completion: $1) }
      if invocation.isJSON {
        try invocation.console.json(reply)
      } else {
        try invocation.console.say("Removed \(invocation.positional(0)).")
      }
      return .done
    })
}
