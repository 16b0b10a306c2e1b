internal import HoneydewConfig
internal import HoneydewCore
internal import HoneydewRPC
internal import HoneydewStore
internal import HoneydewSystem
internal import HoneydewWire

/// Schedules on a client's request.
extension Supervisor {
  /// Checks and adds a schedule.
  func addSchedule(_ request: Honeydew_ScheduleJobRequest) throws(Status) -> Schedule {
    try requireStore(forWriting: true)
    guard isPlainName(request.name) else {
      throw .invalid("name", "a name has 1 to 64 letters, digits, dots, hyphens and underscores, such as `nightly`")
    }
    guard try schedules.find(name: request.name) == nil else {
      throw .error(
        .alreadyExists, "there is a schedule \(request.name) already; update or remove it, or choose another name",
        reason: "SCHEDULE_EXISTS")
    }
    let (expression, zone) = try expression(request.cronExpr)
    var schedule = Schedule(
      id: newID(), name: request.name, expression: expression, expressionText: request.cronExpr,
      command: request.command, payload: Array(request.payload.utf8),
      options: Schedule.Options(
        priority: request.priority, maxRetries: request.hasMaxRetries ? request.maxRetries : nil,
        timeoutMilliseconds: request.hasTimeoutMs ? request.timeoutMs : nil,
        environment: request.environment.isEmpty ? nil : request.environment, labels: request.labels),
      isEnabled: !request.paused, overlap: try word(request.overlap, "overlap") ?? .skip,
      missed: try word(request.missed, "missed") ?? .one, createdAt: wallNow)
    if request.hasCatchupWindowMs { schedule.catchUpWindow = try catchUpWindow(request.catchupWindowMs) }
    try setJob(of: &schedule, to: Submission(schedule, payload: schedule.payload))
    schedule.setExpression(expression, text: request.cronExpr, at: wallNow)
    try start(&schedule, in: zone)
    schedules.insert(schedule)
    logChange("schedule added", schedule)
    return schedule
  }

  /// Changes what the request holds. Another expression begins anew: no tick of the old one is made up for.
  func updateSchedule(_ request: Honeydew_UpdateScheduleRequest) throws(Status) -> Schedule {
    try requireStore(forWriting: true)
    var schedule = try schedules.find(request.name)
    let payload = request.hasPayload ? Array(request.payload.utf8) : try open(schedule)
    if request.hasCommand {
      schedule.command = request.command
      if let command = CommandRegistry.find(request.command), !command.callsAPI { schedule.options.environment = nil }
    }
    if request.hasPriority { schedule.options.priority = request.priority }
    if request.hasMaxRetries { schedule.options.maxRetries = request.maxRetries }
    if request.hasTimeoutMs { schedule.options.timeoutMilliseconds = request.timeoutMs }
    if request.hasEnvironment { schedule.options.environment = request.environment }
    if !request.labels.isEmpty { schedule.options.labels = request.labels }
    if request.hasOverlap { schedule.overlap = try word(request.overlap, "overlap") ?? .skip }
    if request.hasMissed { schedule.missed = try word(request.missed, "missed") ?? .one }
    if request.hasCatchupWindowMs { schedule.catchUpWindow = try catchUpWindow(request.catchupWindowMs) }
    try setJob(of: &schedule, to: Submission(schedule, payload: payload))
    if request.hasCronExpr {
      let (expression, zone) = try expression(request.cronExpr)
      schedule.setExpression(expression, text: request.cronExpr, at: wallNow)
      try start(&schedule, in: zone)
    }
    schedule.updatedAt = wallNow
    schedules.update(schedule)
    logChange("schedule updated", schedule)
    return schedule
  }

  /// Pauses a schedule, or lets it tick again from now on.
  func setSchedule(_ text: String, isEnabled: Bool) throws(Status) -> Schedule {
    try requireStore(forWriting: true)
    var schedule = try schedules.find(text)
    guard schedule.isEnabled != isEnabled else { return schedule }
    schedule.isEnabled = isEnabled
    if isEnabled {
      try start(&schedule, in: expression(schedule.expressionText).zone)
    } else {
      schedule.nextRunAt = nil
    }
    schedule.updatedAt = wallNow
    schedules.update(schedule)
    logChange(isEnabled ? "schedule resumed" : "schedule paused", schedule)
    return schedule
  }

  func removeSchedule(_ text: String) throws(Status) {
    try requireStore(forWriting: true)
    let schedule = try schedules.find(text)
    schedules.remove(schedule)
    logChange("schedule removed", schedule)
  }

  /// The expression and the rules of its zone.
  func expression(_ text: String) throws(Status) -> (expression: CronExpression, zone: ZoneRules) {
    do {
      let expression = try CronExpression(text)
      return (expression, try zones.rules(of: expression))
    } catch let error as CronError {
      throw .invalid("cron_expr", "\(error)")
    } catch let error as ZoneDatabase.Failure {
      throw .invalid("cron_expr", error.text)
    } catch {
      throw .invalid("cron_expr", "\(error)")
    }
  }

  /// Lets the ticks after this moment count.
  private func start(_ schedule: inout Schedule, in zone: ZoneRules) throws(Status) {
    schedule.start(at: wallNow, in: zone)
    guard schedule.nextRunAt != nil || !schedule.isEnabled else {
      throw .invalid("cron_expr", "the clocks of its zone never show such a time: this would never run")
    }
  }

  /// Checks what the schedule's jobs are to do, as their submission will be, and seals it.
  private func setJob(of schedule: inout Schedule, to submission: Submission) throws(Status) {
    let request = try request(submission)
    schedule.command = request.command.name
    schedule.options.environment = request.environment
    schedule.payload = try seal(request.payload, of: request.command, row: Schedule.row(id: schedule.id))
  }

  private func word<Policy: RawRepresentable & CaseIterable>(
    _ text: String, _ field: String
  ) throws(Status) -> Policy? where Policy.RawValue == String {
    guard !text.isEmpty else { return nil }
    guard let policy = Policy(rawValue: text) else {
      let words = Policy.allCases.map(\.rawValue).joined(separator: ", ")
      throw .invalid(field, "\(field) is \"\(text.printable)\"; it is one of \(words)")
    }
    return policy
  }

  private func catchUpWindow(_ milliseconds: Int64) throws(Status) -> Duration {
    guard (0...Self.maximumDelay.wholeMilliseconds).contains(milliseconds) else {
      throw .invalid(
        "catchup_window_ms",
        "catchup_window_ms is \(milliseconds); it must be 0 to \(Self.maximumDelay.wholeMilliseconds)")
    }
    return .milliseconds(milliseconds)
  }

  private func logChange(_ message: String, _ schedule: Schedule) {
    let fields: LogFields = [
      "schedule_id": .string(schedule.id), "schedule_name": .string(schedule.name),
      "cron_expr": .string(schedule.expressionText), "next_run": .string(schedule.nextRunAt?.description ?? ""),
    ]
    turn.afterCommit { [log] in log.of(.schedule).info(message, fields) }
  }
}
