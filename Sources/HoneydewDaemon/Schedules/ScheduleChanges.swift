internal import HoneydewCore
internal import HoneydewMessages
internal import HoneydewSystem

/// Schedules on a client's request: added, changed, paused and removed.
struct ScheduleChanges {
  let turn: Turn
  let book: ScheduleBook
  let submissions: SubmissionDesk
  let keys: KeyDesk
  let zones: ZoneBook
  let newID: () -> String

  /// Checks and adds a schedule.
  func add(_ request: Honeydew_ScheduleJobRequest, by access: Access) throws(Refusal) -> Schedule {
    try ScheduleRules.check(name: request.name)
    guard try book.find(name: request.name) == nil else { throw .scheduleExists(request.name) }
    try access.checkEnvironment(request.environment, of: request.command)
    let (expression, zone) = try expression(request.cronExpr)
    var schedule = Schedule(
      id: newID(), name: request.name, expression: expression, expressionText: request.cronExpr,
      command: request.command, submitter: access.uid, payload: Array(request.payload.utf8),
      options: Schedule.Options(
        priority: request.priority, maxRetries: request.hasMaxRetries ? request.maxRetries : nil,
        timeoutMilliseconds: request.hasTimeoutMs ? request.timeoutMs : nil,
        environment: request.environment.isEmpty ? nil : request.environment, labels: request.labels),
      isEnabled: !request.paused, overlap: try ScheduleRules.policy(request.overlap, "overlap") ?? .skip,
      missed: try ScheduleRules.policy(request.missed, "missed") ?? .one, createdAt: turn.wallNow)
    if request.hasCatchupWindowMs {
      schedule.catchUpWindow = try ScheduleRules.catchUpWindow(milliseconds: request.catchupWindowMs)
    }
    try setJob(of: &schedule, to: Submission(schedule, payload: schedule.payload))
    schedule.setExpression(expression, text: request.cronExpr, at: turn.wallNow)
    try schedule.begin(at: turn.wallNow, in: zone)
    zones.keep(expression)
    book.insert(schedule)
    return schedule
  }

  /// Changes what the request holds. Another expression starts from now: no tick of the old one is made up for.
  func update(_ request: Honeydew_UpdateScheduleRequest, by access: Access) throws(Refusal) -> Schedule {
    var schedule = try book.find(request.name, within: access.owned)
    let payload = request.hasPayload ? Array(request.payload.utf8) : try keys.open(schedule)
    if request.hasCommand {
      schedule.command = request.command
      if let command = CommandRegistry.find(request.command), !command.callsAPI { schedule.options.environment = nil }
    }
    if request.hasPriority { schedule.options.priority = request.priority }
    if request.hasMaxRetries { schedule.options.maxRetries = request.maxRetries }
    if request.hasTimeoutMs { schedule.options.timeoutMilliseconds = request.timeoutMs }
    if request.hasEnvironment { schedule.options.environment = request.environment }
    if !request.labels.isEmpty { schedule.options.labels = request.labels }
    if request.hasOverlap { schedule.overlap = try ScheduleRules.policy(request.overlap, "overlap") ?? .skip }
    if request.hasMissed { schedule.missed = try ScheduleRules.policy(request.missed, "missed") ?? .one }
    if request.hasCatchupWindowMs {
      schedule.catchUpWindow = try ScheduleRules.catchUpWindow(milliseconds: request.catchupWindowMs)
    }
    try access.checkEnvironment(schedule.options.environment ?? "", of: schedule.command)
    try setJob(of: &schedule, to: Submission(schedule, payload: payload))
    if request.hasCronExpr {
      let (expression, zone) = try expression(request.cronExpr)
      schedule.setExpression(expression, text: request.cronExpr, at: turn.wallNow)
      try schedule.begin(at: turn.wallNow, in: zone)
      zones.keep(expression)
    }
    schedule.updatedAt = turn.wallNow
    book.update(schedule)
    return schedule
  }

  /// Pauses a schedule, or lets it tick again from now on.
  func set(_ text: String, isEnabled: Bool, within reach: Access.Reach) throws(Refusal) -> Schedule {
    var schedule = try book.find(text, within: reach)
    guard schedule.isEnabled != isEnabled else {
      // Where it waits for its zone, it would not go on.
      if isEnabled, schedule.nextRunAt == nil { _ = try expression(schedule.expressionText) }
      return schedule
    }
    schedule.isEnabled = isEnabled
    if isEnabled {
      try schedule.begin(at: turn.wallNow, in: expression(schedule.expressionText).zone)
    } else {
      schedule.nextRunAt = nil
    }
    schedule.updatedAt = turn.wallNow
    book.update(schedule)
    return schedule
  }

  func remove(_ text: String, within reach: Access.Reach) throws(Refusal) {
    let schedule = try book.find(text, within: reach)
    book.remove(schedule)
  }

  /// The expression and the rules of its zone.
  func expression(_ text: String) throws(Refusal) -> (expression: CronExpression, zone: ZoneRules) {
    do {
      let expression = try CronExpression(text)
      return (expression, try zones.rules(of: expression))
    } catch let error as ZoneDatabase.Failure {
      throw .invalid("cron_expr", error.text)
    } catch {
      throw .invalid("cron_expr", "\(error)")
    }
  }

  /// Checks what the schedule's jobs are to do, as their submission will be, and seals it.
  private func setJob(of schedule: inout Schedule, to submission: Submission) throws(Refusal) {
    let checked = try submissions.checkContent(submission)
    schedule.command = checked.command.name
    schedule.options.environment = checked.environment
    schedule.payload = try keys.seal(checked.payload, of: checked.command, row: Schedule.row(id: schedule.id))
  }
}
