internal import HoneydewMessages
internal import HoneydewProtobuf
internal import HoneydewRPC
internal import HoneydewText

extension Subcommand {
  static let schedulePause = Subcommand(
    words: ["schedule", "pause"], summary: "Let schedules not tick until they are resumed",
    positionals: [.scheduleNames],
    options: ScheduleSelection.options + [.allSchedules, .dryRun, .quiet],
    details: ["Jobs that they have made go on. Options describe schedules instead of names."],
    examples: [
      Example("honeydew schedule pause nightly", "pauses it, also across restarts of the daemon"),
      Example("honeydew schedule pause --env staging", "pauses all that call the API of one environment"),
    ],
    run: { invocation throws(Failure) in
      try change("Pause", invocation) { daemon, name throws(Failure) in
        try daemon.unary { $0.pauseSchedule(.with { $0.name = name }, completion: $1) }.schedule
      }
    })

  static let scheduleResume = Subcommand(
    words: ["schedule", "resume"], summary: "Let paused schedules tick again",
    positionals: [.scheduleNames],
    options: ScheduleSelection.options + [.allSchedules, .dryRun, .quiet],
    details: ["The ticks of the pause are not made up for. Options describe schedules instead of names."],
    examples: [
      Example("honeydew schedule resume nightly", "ends the pause"),
      Example("honeydew schedule resume --label team=web --dry-run", "says which ones it would be"),
    ],
    run: { invocation throws(Failure) in
      try change("Resume", invocation) { daemon, name throws(Failure) in
        try daemon.unary { $0.resumeSchedule(.with { $0.name = name }, completion: $1) }.schedule
      }
    })

  /// Changes one schedule after the other, and goes on where one is refused.
  private static func change(
    _ verb: String, _ invocation: Invocation,
    _ send: (DaemonSession, String) throws(Failure) -> Honeydew_Schedule
  ) throws(Failure) -> ExitCode {
    let daemon = try invocation.connect()
    let names = try ScheduleSelection.names(invocation, daemon)
    if invocation.arguments.isSet(.dryRun) {
      for name in names { try invocation.console.say("Would \(verb.lowercased()) \(name).") }
      invocation.console.note("Nothing was done; it would be \(HumanText.count(names.count, "schedule")).")
      return .done
    }
    let (changed, failure) = invocation.each(of: names) { name throws(Failure) in
      let schedule = try send(daemon, name)
      if !invocation.isJSON { _ = try ScheduleText.say("\(verb)d", schedule, invocation) }
      return schedule
    }
    if names.isEmpty, !invocation.isJSON { invocation.console.note("There are no such schedules.") }
    if invocation.isJSON {
      // One that was named is answered as it is shown.
      if let only = changed.first, invocation.arguments.positionals.count == 1 {
        try invocation.console.json(only)
      } else if failure == nil || !changed.isEmpty {
        try invocation.console.json(changed)
      }
    }
    if let failure { throw failure }
    return .done
  }
}

extension Positional {
  static let scheduleNames = Positional(name: "NAME", count: .any, kind: .schedule, help: "The schedules' names")
}
