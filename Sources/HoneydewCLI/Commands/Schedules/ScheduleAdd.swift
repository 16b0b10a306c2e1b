internal import HoneydewText
internal import HoneydewCore
internal import HoneydewMessages
internal import HoneydewRPC

extension Subcommand {
  static let scheduleAdd = Subcommand(
    words: ["schedule", "add"], summary: "Add a schedule: a job at every tick of a cron expression",
    positionals: [
      Positional(name: "NAME", help: "A name for it, such as nightly"), .cron, .commandType, .payload,
    ],
    options: ScheduleSettings.options + [.paused, .quiet],
    details: ScheduleSettings.rules + [""] + ScheduleSettings.programRules + [""] + Payload.rules,
    startsDaemon: true,
    examples: [
      Example(
        "honeydew schedule add nightly '0 2 * * *' github.repositories organization=a",
        "lists the repositories every night"),
      Example(
        "honeydew schedule add backup '30 2 * * *' --env MAILTO= -- /usr/local/bin/backup --full",
        "runs a program of this machine, with history and output"),
      Example(
        "honeydew schedule add check 'TZ=Asia/Tokyo */5 8-9 * * *' organizations.list --missed none",
        "runs in the morning of Tokyo, and makes up for nothing"),
      Example(
        "honeydew schedule add often '@every 90s' organizations.list --overlap queue",
        "lets a job wait for the one before"),
    ],
    run: { invocation throws(Failure) in
      let arguments = invocation.arguments
      let cron = try ScheduleSettings.cron(invocation.positional(1))
      guard let job = try ScheduleSettings.job(invocation, skipping: 2) else { throw .usage("COMMAND is missing") }
      var request = Honeydew_ScheduleJobRequest()
      request.name = invocation.positional(0)
      request.cronExpr = cron
      (request.command, request.payload) = job
      request.priority = Int32(clamping: arguments.integer(.priority) ?? 0)
      if let retries = arguments.integer(.maxRetries) { request.maxRetries = Int32(clamping: retries) }
      if let timeout = arguments.duration(.timeout) { request.timeoutMs = timeout.wholeMilliseconds }
      request.environment = try ScheduleSettings.environment(of: request.command, arguments) ?? ""
      request.pool = arguments.text(.pool) ?? ""
      request.labels = try arguments.labels()
      request.overlap = arguments.text(.overlap) ?? ""
      request.missed = arguments.text(.missed) ?? ""
      if let window = arguments.duration(.catchUpWindow) { request.catchupWindowMs = window.wholeMilliseconds }
      request.paused = arguments.isSet(.paused)
      let reply = try invocation.connect().unary { $0.scheduleJob(request, completion: $1) }
      let status = try ScheduleText.say("Added", reply.schedule, invocation)
      if !invocation.isJSON, let jobs = ScheduleText.unended(reply.unendedJobs) {
        invocation.console.note(
          "\(jobs) of an earlier schedule of this name; \(ScheduleText.consequence(ofUnended: reply.schedule.overlap))")
      }
      return status
    })
}
