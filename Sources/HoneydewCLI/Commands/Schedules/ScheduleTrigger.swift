internal import HoneydewText
internal import HoneydewMessages
internal import HoneydewRPC

extension Subcommand {
  static let scheduleTrigger = Subcommand(
    words: ["schedule", "trigger"], summary: "Submit a job of a schedule now, and print its id",
    positionals: [.scheduleName],
    options: [.wait, .waitTimeout],
    details: ["The next tick stays where it is. The policy on overlaps holds; a paused schedule can be triggered."],
    examples: [
      Example("honeydew schedule trigger nightly", "prints the id of the job"),
      Example("honeydew schedule trigger nightly --wait", "prints the job's result"),
    ],
    run: { invocation throws(Failure) in
      var request = Honeydew_TriggerScheduleRequest()
      request.name = invocation.positional(0)
      let daemon = try invocation.connect()
      let jobID = try daemon.unary { $0.triggerSchedule(request, completion: $1) }.jobID
      return invocation.arguments.isSet(.wait)
        ? try JobAnswer.result(of: jobID, daemon, invocation) : try JobAnswer.submitted(jobID, invocation)
    })
}
