internal import HoneydewCore
internal import HoneydewText
internal import HoneydewJSON
internal import HoneydewSystem

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
    details: ScheduleSettings.rules + ["It asks no daemon: the host's clock is that of $TZ, else of /etc/localtime."],
    examples: [
      Example("honeydew schedule next '0 5 * * mon-fri'", "prints ten moments by the host's clock"),
      Example(
        "honeydew schedule next 'TZ=Asia/Tokyo 0 2 * * *' -n 3 --after 2026-03-28", "prints the ticks by another clock"
      ),
      Example("honeydew schedule next '@monthly' --json | jq -r '.[0]'", "prints the next one in UTC"),
    ],
    run: { invocation throws(Failure) in
      let expression = try CronExpression(checking: invocation.positional(0))
      let zone = try rules(of: expression)
      let now = Timestamp(milliseconds: Clock.wall().wholeMilliseconds)
      let moment = invocation.arguments.moment(.after).flatMap { Timestamp($0) } ?? now
      let ticks = expression.ticks(invocation.arguments.integer(.count).map { Int($0) } ?? 10, after: moment, in: zone)
      if invocation.isJSON {
        try invocation.console.json(.array(ticks.map { .string($0.description) }))
      } else {
        for tick in ticks { try invocation.console.say(zone.localText(of: tick)) }
      }
      return .done
    })

  /// What the expression's clock goes by, as files of this machine tell.
  private static func rules(of expression: CronExpression) throws(Failure) -> ZoneRules {
    let zones = ZoneDatabase.fromEnvironment()
    do throws(ZoneDatabase.Failure) {
      let file = if let zone = expression.zone { try zones.zone(named: zone) } else { try zones.hostZone() }
      return try ZoneRules(file)
    } catch {
      throw .usage(error.text)
    }
  }
}
