internal import HoneydewText
internal import HoneydewCore
internal import HoneydewMessages

/// What is said about schedules.
enum ScheduleText {
  /// Says what was done, and when it ticks next.
  static func say(
    _ deed: String, _ schedule: Honeydew_Schedule, _ invocation: Invocation
  ) throws(Failure) -> ExitCode {
    if invocation.isJSON {
      try invocation.console.json(schedule)
    } else {
      try invocation.console.say("\(deed) \(schedule.name)\(consequence(schedule, invocation.console.times)).")
    }
    return .done
  }

  private static func consequence(_ schedule: Honeydew_Schedule, _ times: TimeText) -> String {
    guard schedule.enabled else { return "" }
    return schedule.nextRunAt.isEmpty && !schedule.problem.isEmpty
      ? "; \(schedule.problem)" : "; next run: \(next(schedule, times.full))"
  }

  /// `2 jobs have not ended`; nil where all have.
  static func unended(_ count: Int64) -> String? {
    count == 0 ? nil : "\(HumanText.count(count, "job")) \(count == 1 ? "has" : "have") not ended"
  }

  /// What becomes of the ticks of a schedule with such a policy while jobs have not ended.
  static func consequence(ofUnended overlap: String) -> String {
    switch OverlapPolicy(rawValue: overlap) {
    case .queue: "its jobs wait for them (--overlap queue)"
    case .allow: "its jobs run beside them (--overlap allow)"
    case .cancel: "its first tick cancels them (--overlap cancel)"
    case .skip, nil: "its ticks are skipped until they have ended (--overlap skip)"
    }
  }

  /// `2026-01-31T12:00:00Z`, or why there is none.
  ///
  /// - Parameter show: how the moment is shown.
  static func next(_ schedule: Honeydew_Schedule, _ show: (String) -> String) -> String {
    if !schedule.enabled { return "paused" }
    if schedule.nextRunAt.isEmpty { return schedule.problem.isEmpty ? "never" : "waits for its time zone" }
    return show(HumanText.second(of: schedule.nextRunAt))
  }

  static func skipped(_ schedule: Honeydew_Schedule) -> Int64 {
    schedule.skippedOverlap + schedule.skippedMissed + schedule.skippedRefused
  }

  static func facts(_ schedule: Honeydew_Schedule, _ times: TimeText) -> [Fact] {
    var facts = [
      Fact("schedule", schedule.name), Fact("id", schedule.scheduleID),
      Fact("cron", schedule.cronExpr), Fact("time zone", schedule.timeZone),
      Fact("next run", next(schedule, times.full), schedule.enabled && schedule.problem.isEmpty ? .plain : .warning),
      Fact("problem", schedule.problem, .bad),
      Fact("last run", times.full(HumanText.second(of: schedule.lastRunAt))), Fact("last job", schedule.lastJobID),
      Fact("command", schedule.command), Fact("payload", schedule.payload), Fact("environment", schedule.environment),
      Fact("pool", schedule.pool),
      Fact("priority", String(schedule.priority)),
    ]
    if schedule.hasMaxRetries { facts.append(Fact("max retries", String(schedule.maxRetries))) }
    if schedule.hasTimeoutMs { facts.append(Fact("timeout", DurationText.format(.milliseconds(schedule.timeoutMs)))) }
    let labels = schedule.labels.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
    facts += [
      Fact("labels", labels.joined(separator: ", ")), Fact("overlap", schedule.overlap),
      Fact("missed", "\(schedule.missed), within \(DurationText.format(.milliseconds(schedule.catchupWindowMs)))"),
      Fact("skipped", skips(schedule, times), skipped(schedule) > 0 ? .warning : .plain),
      Fact("added by", UserName.text(of: schedule.submittedBy)), Fact("created", times.full(schedule.createdAt)),
      Fact("updated", times.full(schedule.updatedAt)),
    ]
    return facts.filter { !$0.value.isEmpty }
  }

  /// `3 ticks (2 overlapping, 1 missed), last 2026-01-31T12:00:00Z: came late`.
  private static func skips(_ schedule: Honeydew_Schedule, _ times: TimeText) -> String {
    let counts = [
      (schedule.skippedOverlap, "overlapping"), (schedule.skippedMissed, "missed"),
      (schedule.skippedRefused, "refused"),
    ]
    let parts = counts.filter { $0.0 > 0 }.map { "\($0.0) \($0.1)" }.joined(separator: ", ")
    let last =
      schedule.lastSkipAt.isEmpty
      ? "" : "last \(times.full(HumanText.second(of: schedule.lastSkipAt))): \(schedule.lastSkip)"
    guard !parts.isEmpty else { return last.isEmpty ? "no ticks" : last }
    return "\(HumanText.count(skipped(schedule), "tick")) (\(parts)), \(last)"
  }
}
