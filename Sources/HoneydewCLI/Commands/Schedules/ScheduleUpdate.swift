internal import HoneydewText
internal import HoneydewCore
internal import HoneydewMessages
internal import HoneydewRPC

extension Subcommand {
  static let scheduleUpdate = Subcommand(
    words: ["schedule", "update"], summary: "Change a schedule; what is not named stays",
    positionals: [
      .scheduleName,
      Positional(name: "COMMAND", count: .optional, kind: .commandType, help: "Another command, with its arguments"),
      .payload,
    ],
    options: [.cron] + ScheduleSettings.options + [.quiet],
    details: ScheduleSettings.rules + [
      "", "Labels take the place of all that it had. An equal expression starts nothing again: its intervals go on.",
      "",
    ] + ScheduleSettings.programRules + [""] + Payload.rules,
    examples: [
      Example("honeydew schedule update nightly --cron '30 3 * * *'", "runs it at another time"),
      Example(
        "honeydew schedule update nightly github.repositories organization=other",
        "lets it do something else"),
      Example("honeydew schedule update nightly --overlap cancel --timeout 10m", "changes how its jobs are run"),
    ],
    run: { invocation throws(Failure) in
      let arguments = invocation.arguments
      var request = Honeydew_UpdateScheduleRequest()
      request.name = invocation.positional(0)
      if let job = try ScheduleSettings.job(invocation, skipping: 1) { (request.command, request.payload) = job }
      if let cron = arguments.text(.cron) { request.cronExpr = try ScheduleSettings.cron(cron) }
      if let priority = arguments.integer(.priority) { request.priority = Int32(clamping: priority) }
      if let retries = arguments.integer(.maxRetries) { request.maxRetries = Int32(clamping: retries) }
      if let timeout = arguments.duration(.timeout) { request.timeoutMs = timeout.wholeMilliseconds }
      if let environment = try ScheduleSettings.environment(of: request.command, arguments) {
        request.environment = environment
      }
      if let pool = arguments.text(.pool) { request.pool = pool }
      request.labels = try arguments.labels()
      if let overlap = arguments.text(.overlap) { request.overlap = overlap }
      if let missed = arguments.text(.missed) { request.missed = missed }
      if let window = arguments.duration(.catchUpWindow) { request.catchupWindowMs = window.wholeMilliseconds }
      let daemon = try invocation.connect()
      let lost = request.hasCronExpr ? clock(of: request.name, lostBy: request.cronExpr, daemon) : nil
      let reply = try daemon.unary { $0.updateSchedule(request, completion: $1) }
      let exit = try ScheduleText.say(
        reply.changes.isEmpty ? "Nothing to change in" : "Updated", reply.schedule, invocation)
      if let lost {
        let cron = ShellWord.word("TZ=\(lost) \(request.cronExpr)")
        invocation.console.note(
          "It went by the clock of \(lost), and goes by the host's now (\(reply.schedule.timeZone)); if that is not meant, "
            + "run: honeydew schedule update \(ShellWord.word(request.name)) --cron \(cron)")
      }
      return exit
    })

  /// The zone that a schedule's expression names and the one in its place does not, though it goes by a clock; nil where
  /// there is none, or it cannot be seen.
  private static func clock(of schedule: String, lostBy cron: String, _ daemon: DaemonSession) -> String? {
    guard let new = try? CronExpression(cron), new.zone == nil, new.followsClock else { return nil }
    var request = Honeydew_GetScheduleRequest()
    request.name = schedule
    guard let old = try? daemon.read({ $0.getSchedule(request, completion: $1) }) else { return nil }
    return (try? CronExpression(old.cronExpr))?.zone
  }
}
