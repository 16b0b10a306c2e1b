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
  static let scheduleEnvironment = Option(
    name: Option.environment.name, value: "NAME[=VALUE]", kind: .environment, mayRepeat: true,
    help:
      "The environment whose API is called (default: the active one); of a program behind --, a variable that it gets")
  static let paused = Option(name: "--paused", help: "Add it, but do not let it tick yet")
}

extension Positional {
  static let scheduleName = Positional(name: "NAME", kind: .schedule, help: "The schedule's name, or its id")
  static let cron = Positional(
    name: "CRON", help: "A cron expression in quotes, such as '0 5 * * mon-fri' or '@every 1h30m'")
}

/// What `schedule add` and `schedule update` have in common.
enum ScheduleSettings {
  static let options: [Option] =
    [
      .overlap, .missed, .catchUpWindow, .priority, .maxRetries, .timeout, .pool, .label, .scheduleEnvironment,
    ] + optionsOfPrograms

  /// Of a program that stands behind `--`.
  private static let optionsOfPrograms: [Option] = [
    .shell, .directory, .standardInput, .terminal, .grace, .rerun, .memory, .cpu, .nice, .programDescription,
  ]

  static let programRules = [
    "Behind -- stands a program of this machine and its arguments, as behind run: it runs in the directory of --cwd, else in",
    "the present one, and like a job of cron it gets a small environment (PATH, HOME, LOGNAME, USER, SHELL) and what --env",
    "adds to that.",
  ]

  static let rules = [
    "CRON has five fields: minute, hour, day of the month, month, day of the week; lists, ranges, steps",
    "and names as in crontab(5). Also @hourly, @daily, @weekly, @monthly, @yearly and @every D. TZ=ZONE",
    "in front names the clock that is meant; otherwise it is the host's. A time of day that the clock",
    "skips runs right after the gap, and one that comes twice runs once.",
    "Ticks that --missed all makes up for run one after the other, unless --overlap is allow.",
  ]

  /// The environment whose API is called; nil where none is named, as for a program.
  static func environment(of command: String, _ arguments: ParsedArguments) throws(Failure) -> String? {
    let texts = command == LocalPayload.command ? [] : arguments.texts(.scheduleEnvironment)
    guard texts.count < 2 else { throw .usage("--env is given twice; give it once") }
    return texts.first
  }

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
    if invocation.arguments.argumentsBeforeDashes == skipped, !words.isEmpty {
      return (LocalPayload.command, try LocalPayload(invocation, words: Array(words), inheritsVariables: false).text)
    }
    for option in optionsOfPrograms where invocation.arguments.isSet(option) {
      throw .usage("\(option.name) is of a program of this machine, which stands behind --: -- CMD...")
    }
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
