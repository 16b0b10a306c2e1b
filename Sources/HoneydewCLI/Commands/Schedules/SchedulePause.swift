internal import HoneydewMessages
internal import HoneydewRPC

extension Subcommand {
  static let schedulePause = Subcommand(
    words: ["schedule", "pause"], summary: "Let a schedule not tick until it is resumed",
    positionals: [.scheduleName],
    details: ["Jobs that it has made go on."],
    examples: [Example("honeydew schedule pause nightly", "pauses it, also across restarts of the daemon")],
    run: { invocation throws(Failure) in
      var request = Honeydew_PauseScheduleRequest()
      request.name = invocation.positional(0)
      let reply = try invocation.connect().unary { $0.pauseSchedule(request, completion: $1) }
      return try ScheduleText.say("Paused", reply.schedule, invocation)
    })

  static let scheduleResume = Subcommand(
    words: ["schedule", "resume"], summary: "Let a paused schedule tick again",
    positionals: [.scheduleName],
    details: ["The ticks of the pause are not made up for."],
    examples: [Example("honeydew schedule resume nightly", "ends the pause")],
    run: { invocation throws(Failure) in
      var request = Honeydew_ResumeScheduleRequest()
      request.name = invocation.positional(0)
      let reply = try invocation.connect().unary { $0.resumeSchedule(request, completion: $1) }
      return try ScheduleText.say("Resumed", reply.schedule, invocation)
    })
}
