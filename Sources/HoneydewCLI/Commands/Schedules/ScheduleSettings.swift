internal import HoneydewText
internal import HoneydewCore

extension Option {
  static let overlap = Option(
    name: "--overlap", value: "POLICY", kind: .choice(OverlapPolicy.allCases.map(\.rawValue)),
    help: "When the last job has not ended: skip, queue, allow or cancel")
  static let missed = Option(
    name: "--missed", value: "POLICY", kind: .choice(MissedPolicy.allCases.map(\.rawValue)),
    help: "Of ticks that come late, run one (the latest), none or all")
  static let catchUpWindow = Option(
    name: "--catchup-window", value: "D", kind: .duration, help: "Run no tick that is later than this: 24h")
  static let cron = Option(name: "--cron", value: "CRON", help: "Another cron expression; it starts from now")
  static let paused = Option(name: "--paused", help: "Add it, but do not let it tick yet")
}

extension Positional {
  static let scheduleName = Positional(name: "NAME", kind: .schedule, help: "The schedule's name, or its id")
  static let cron = Positional(
    name: "CRON", help: "A cron expression in quotes, such as '0 5 * * mon-fri' or '@every 1h30m'")
}

/// What `schedule add` and `schedule update` have in common.
enum ScheduleSettings {
  static let options: [Option] = [
    .overlap, .missed, .catchUpWindow, .priority, .maxRetries, .timeout, .environment, .label,
  ]

  static let rules = [
    "CRON has five fields: minute, hour, day of the month, month, day of the week; lists, ranges, steps",
    "and names as in crontab(5). Also @hourly, @daily, @weekly, @monthly, @yearly and @every D. TZ=ZONE",
    "in front names the clock that is meant; otherwise it is the host's. A time of day that the clock",
    "skips runs right after the gap, and one that comes twice runs once.",
    "Ticks that --missed all makes up for run one after the other, unless --overlap is allow.",
  ]

  /// The cron expression, checked before the daemon is asked.
  static func cron(_ text: String) throws(Failure) -> String {
    _ = try CronExpression(checking: text)
    return text
  }

  /// The command and its payload from the words after the `skipped` first ones; nil when there are none.
  static func job(
    _ invocation: Invocation, skipping skipped: Int
  ) throws(Failure) -> (command: String, payload: String)? {
    let words = invocation.arguments.positionals.dropFirst(skipped)
    guard let command = words.first else { return nil }
    return (command, try Payload.text(Array(words.dropFirst()), command: CommandRegistry.find(command)))
  }
}

extension CronExpression {
  /// One that was typed. A shell takes one without quotes apart.
  init(checking text: String) throws(Failure) {
    do {
      self = try CronExpression(text)
    } catch {
      let isOneWord = !text.contains(" ") && !text.hasPrefix("@")
      throw .usage(
        "\(quoted(text)) is wrong: \(error)" + (isOneWord ? "; put all the fields into one pair of quotes" : ""))
    }
  }
}
