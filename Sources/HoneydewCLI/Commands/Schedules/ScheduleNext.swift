internal import HoneydewCore
internal import HoneydewText
internal import HoneydewJSON
internal import HoneydewMessages
internal import HoneydewRPC

extension Option {
  static let count = Option(
    name: "--count", short: "-n", value: "N", kind: .integer(1...1000), help: "How many (default 10)")
  static let after = Option(
    name: "--after", value: "TIME", kind: .moment(.future), help: "Those after this moment (default: now)")
}

extension Subcommand {
  static let scheduleNext = Subcommand(
    words: ["schedule", "next"], summary: "Show the next ticks of a cron expression",
    positionals: [.cron],
    options: [.count, .after],
    details: ScheduleSettings.rules,
    examples: [
      Example("honeydew schedule next '0 5 * * mon-fri'", "prints ten moments by the host's clock"),
      Example(
        "honeydew schedule next 'TZ=Asia/Tokyo 0 2 * * *' -n 3 --after 2026-03-28", "prints the ticks by another clock"
      ),
      Example("honeydew schedule next '@monthly' --json | jq -r '.[0]'", "prints the next one in UTC"),
    ],
    run: { invocation throws(Failure) in
      var request = Honeydew_PreviewScheduleRequest()
      request.cronExpr = try ScheduleSettings.cron(invocation.positional(0))
      request.count = Int32(clamping: invocation.arguments.integer(.count) ?? 10)
      request.from = invocation.arguments.moment(.after) ?? ""
      let reply = try invocation.connect().read { $0.previewSchedule(request, completion: $1) }
      if invocation.isJSON {
        try invocation.console.json(.array(reply.times.map { .string($0) }))
      } else {
        for time in reply.localTimes { try invocation.console.say(time) }
      }
      return .done
    })
}
