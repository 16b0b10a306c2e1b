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
    let schedule = try make(request, by: access).schedule
    insert(schedule)
    return schedule
  }

  /// A schedule as a request describes it, checked, with its first tick; beside it its payload in the open, and the rules of
  /// its zone.
  func make(
    _ request: Honeydew_ScheduleJobRequest, by access: Access
  ) throws(Refusal) -> (schedule: Schedule, payload: [UInt8], zone: ZoneRules) {
    try access.check(request.command, environment: request.environment)
    let (expression, zone) = try expression(request.cronExpr)
    var schedule = Schedule(
      id: newID(), name: request.name, expression: expression, expressionText: request.cronExpr,
      command: request.command, submitter: access.uid, payload: Array(request.payload.utf8),
      options: Schedule.Options(
        priority: request.priority, maxRetries: request.hasMaxRetries ? request.maxRetries : nil,
        timeoutMilliseconds: request.hasTimeoutMs ? request.timeoutMs : nil,
        environment: request.environment.isEmpty ? nil : request.environment,
        pool: request.pool.isEmpty ? nil : request.pool, labels: request.labels),
      isEnabled: !request.paused, overlap: try ScheduleRules.policy(request.overlap, "overlap") ?? .skip,
      missed: try ScheduleRules.policy(request.missed, "missed") ?? .one, createdAt: turn.wallNow)
    if request.hasCatchupWindowMs {
      schedule.catchUpWindow = try ScheduleRules.catchUpWindow(milliseconds: request.catchupWindowMs)
    }
    let payload = try setJob(of: &schedule, to: Submission(schedule, payload: schedule.payload))
    schedule.setExpression(expression, text: request.cronExpr, at: turn.wallNow)
    try schedule.begin(at: turn.wallNow, in: zone)
    return (schedule, payload, zone)
  }

  func insert(_ schedule: Schedule) {
    zones.keep(schedule.expression)
    book.insert(schedule)
  }

  func update(_ schedule: Schedule) {
    zones.keep(schedule.expression)
    book.update(schedule)
  }

  /// Changes what the request holds.
  ///
  /// - Returns: the schedule, and in what it was another one. Where that is nothing, nothing is written.
  func update(
    _ request: Honeydew_UpdateScheduleRequest, by access: Access
  ) throws(Refusal) -> (schedule: Schedule, differences: [String]) {
    let old = try book.find(request.name, within: access.owned)
    var wanted = old
    let payload = request.hasPayload ? Array(request.payload.utf8) : try keys.open(old)
    if request.hasCommand {
      wanted.command = request.command
      if let command = CommandRegistry.find(request.command), !command.callsAPI { wanted.options.environment = nil }
    }
    if request.hasPriority { wanted.options.priority = request.priority }
    if request.hasMaxRetries { wanted.options.maxRetries = request.maxRetries }
    if request.hasTimeoutMs { wanted.options.timeoutMilliseconds = request.timeoutMs }
    if request.hasEnvironment { wanted.options.environment = request.environment }
    if request.hasPool { wanted.options.pool = request.pool.isEmpty ? nil : request.pool }
    if !request.labels.isEmpty { wanted.options.labels = request.labels }
    if request.hasOverlap { wanted.overlap = try ScheduleRules.policy(request.overlap, "overlap") ?? .skip }
    if request.hasMissed { wanted.missed = try ScheduleRules.policy(request.missed, "missed") ?? .one }
    if request.hasCatchupWindowMs {
      wanted.catchUpWindow = try ScheduleRules.catchUpWindow(milliseconds: request.catchupWindowMs)
    }
    try access.check(wanted.command, environment: wanted.options.environment ?? "")
    let checked = try setJob(of: &wanted, to: Submission(wanted, payload: payload))
    var zone: ZoneRules?
    if request.hasCronExpr {
      (wanted.expression, zone) = try expression(request.cronExpr)
      wanted.expressionText = request.cronExpr
    }
    let (schedule, differences) = try change(old, to: wanted, payload: checked, in: zone)
    if !differences.isEmpty { update(schedule) }
    return (schedule, differences)
  }

  /// A schedule as another one describes it, and in what it was another one. An equal expression goes on as it is.
  ///
  /// - Parameters:
  ///   - wanted: with its payload sealed for the row of the schedule.
  ///   - payload: the same in the open.
  ///   - zone: the rules of the zone of what is wanted; nil where expression and pause are as they were.
  func change(
    _ old: Schedule, to wanted: Schedule, payload: [UInt8], in zone: ZoneRules?
  ) throws(Refusal) -> (schedule: Schedule, differences: [String]) {
    var wanted = wanted
    var differences = wanted.differences(from: old)
    if old.command == wanted.command, haveSameArguments(try keys.open(old), payload) {
      // Sealed twice it would be two texts.
      wanted.payload = old.payload
    } else {
      differences.append("payload")
    }
    guard !differences.isEmpty else { return (old, []) }
    var schedule = old
    let starts = old.expression != wanted.expression || old.isEnabled != wanted.isEnabled
    try schedule.take(from: wanted, at: turn.wallNow, in: starts ? zone : nil)
    return (schedule, differences)
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

  /// - Returns: what was removed.
  func remove(_ text: String, within reach: Access.Reach) throws(Refusal) -> Schedule {
    let schedule = try book.find(text, within: reach)
    book.remove(schedule)
    return schedule
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
  ///
  /// - Returns: the payload in the open.
  private func setJob(of schedule: inout Schedule, to submission: Submission) throws(Refusal) -> [UInt8] {
    let checked = try submissions.checkContent(submission)
    schedule.command = checked.command.name
    schedule.options.environment = checked.environment
    try seal(checked.payload, in: &schedule)
    return checked.payload
  }

  /// Gives the schedule a payload as its row may hold it.
  func seal(_ payload: [UInt8], in schedule: inout Schedule) throws(Refusal) {
    guard let command = CommandRegistry.find(schedule.command) else { return }
    schedule.payload = try keys.seal(payload, of: command, row: Schedule.row(id: schedule.id))
  }
}
