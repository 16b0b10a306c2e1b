internal import HoneydewText
internal import HoneydewCore
internal import HoneydewMessages
internal import HoneydewRPC
internal import HoneydewSystem

extension Option {
  static let set = Option(
    name: "--set", value: "NAME",
    help: "The set that FILE describes, where there are several files (default: \(ScheduleRules.defaultSet))")
}

extension Subcommand {
  static let scheduleApply = Subcommand(
    words: ["schedule", "apply"], summary: "Add, change and remove schedules so that they are as a file says",
    positionals: [
      Positional(name: "FILE", kind: .file, help: "A list of schedules in YAML or JSON; - is standard input")
    ],
    options: [.set, .dryRun, .quiet],
    details: [
      "FILE is a list of schedules:",
      "  - name: nightly",
      "    cron_expr: \"TZ=Europe/Berlin 0 2 * * *\"",
      "    command: github.repositories",
      "    payload: {organization: acme}",
      "    overlap: queue",
      "with any of: name, cron_expr, command, payload, priority, max_retries, timeout_ms, environment,",
      "labels, overlap, missed, catchup_window_ms, paused, pool. What schedule show --json prints can be an",
      "entry too.",
      "A program of this machine is the command local.exec, with a payload such as",
      "  {argv: [/usr/local/bin/backup, --full], cwd: /srv}. contrib/crontab-import makes a file of a crontab.",
      "",
      "What is not named has its default, but a schedule that is there keeps its environment, and stays",
      "paused or not. One that is as FILE says already goes on as if nobody had asked. What an earlier",
      "apply of the same set has added or changed and FILE does not hold is removed; all other schedules",
      "are left alone. All of FILE, at most \(ScheduleRules.largestSet) schedules, is done at once, or nothing while an",
      "entry is wrong.",
    ],
    startsDaemon: true,
    examples: [
      Example("honeydew schedule apply schedules.yaml --dry-run", "says what would be added, changed and removed"),
      Example("honeydew schedule apply schedules.yaml", "does it; a second time it changes nothing"),
      Example("honeydew schedule apply web.yaml --set web", "leaves the schedules of other files alone"),
      Example(
        "honeydew schedule show nightly --json | jq -s . > schedules.json",
        "writes a file that begins with a schedule that is there"),
    ],
    run: { invocation throws(Failure) in
      let file = try read(invocation.positional(0))
      var request = Honeydew_ApplySchedulesRequest()
      request.schedules = file.schedules
      request.set = invocation.arguments.text(.set) ?? ""
      request.dryRun = invocation.arguments.isSet(.dryRun)
      let daemon = try invocation.connect()
      let applied: [Honeydew_AppliedSchedule]
      do throws(Failure) {
        applied = try daemon.unary { $0.applySchedules(request, completion: $1) }.schedules
      } catch {
        guard error.isOutcomeKnown, error.status != .unreachable else { throw error }
        throw error.saying("\(file.about(error.text)); nothing was changed")
      }
      if invocation.isJSON {
        try invocation.console.json(applied)
      } else {
        for schedule in applied {
          try invocation.console.say(line(schedule, isDryRun: request.dryRun, invocation.console.times))
        }
        try invocation.console.say(sum(applied, isDryRun: request.dryRun))
      }
      return .done
    })

  private static func read(_ name: String) throws(Failure) -> ScheduleFile {
    guard name != "-" else { return try ScheduleFile(Array(Prompt.wholeInput().utf8), name: "standard input") }
    let bytes: [UInt8]
    do throws(Errno) {
      bytes = try Files.read(name, limit: 4 << 20)
    } catch {
      throw Failure(.failed, "cannot read \(name): \(error.text)")
    }
    return try ScheduleFile(bytes, name: name)
  }

  /// `Changed nightly (cron_expr); next run: 2026-01-31T12:00:00Z.`
  private static func line(
    _ schedule: Honeydew_AppliedSchedule, isDryRun: Bool, _ times: TimeText
  ) -> String {
    let next =
      schedule.nextRunAt.isEmpty ? "; paused" : "; next run: \(times.full(HumanText.second(of: schedule.nextRunAt)))"
    let jobs = ScheduleText.unended(schedule.unendedJobs)
    let name = schedule.name
    return switch schedule.outcome {
    case "added": "\(isDryRun ? "Would add" : "Added") \(name)\(next)\(jobs.map { "; \($0) of an earlier one" } ?? "")."
    case "changed":
      "\(isDryRun ? "Would change" : "Changed") \(name) (\(schedule.changes.joined(separator: ", ")))\(next)."
    case "removed":
      "\(isDryRun ? "Would remove" : "Removed") \(name)\(jobs.map { "; \($0) and will still run" } ?? "")."
    default: "Unchanged: \(name)."
    }
  }

  private static func sum(_ applied: [Honeydew_AppliedSchedule], isDryRun: Bool) -> String {
    let counts = ["added", "changed", "removed", "unchanged"].map { outcome in
      "\(applied.count { $0.outcome == outcome }) \(outcome)"
    }.joined(separator: ", ")
    return isDryRun
      ? "Nothing was done; it would be: \(counts)." : "\(counts.prefix(1).uppercased())\(counts.dropFirst())."
  }
}
