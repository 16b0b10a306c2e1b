internal import HoneydewCore

/// What changes during a schedule's life, in the order in which it is bound.
let changingScheduleColumns = [
  "cron_expr", "command", "payload", "enabled", "updated_at", "last_run_at", "last_job_id", "next_run_at", "anchor_at",
  "decided_until", "priority", "max_retries", "timeout_ms", "environment", "labels", "overlap", "missed",
  "catchup_window_ms", "skipped_overlap", "skipped_missed", "skipped_refused", "last_skip_at", "last_skip",
  "applied_set", "pool",
]

extension WriteStatements {
  func insert(_ schedule: Schedule) throws(StoreError) {
    insertSchedule.bind(1, schedule.id)
    insertSchedule.bind(2, schedule.name)
    insertSchedule.bind(3, text(schedule.createdAt))
    insertSchedule.bind(4, submitter(schedule.submitter))
    bindChanging(of: schedule, to: insertSchedule, from: 5)
    try insertSchedule.run()
  }

  func update(_ schedule: Schedule, in database: Database) throws(StoreError) {
    bindChanging(of: schedule, to: updateSchedule, from: 1)
    updateSchedule.bind(Int32(changingScheduleColumns.count + 1), schedule.id)
    try updateSchedule.run()
    guard updateSchedule.changedRows == 1 else {
      throw StoreError(.constraint, "\(database.path): there is no schedule \(schedule.id) to update.")
    }
  }

  private func bindChanging(of schedule: Schedule, to statement: Statement, from first: Int32) {
    statement.bind(first, schedule.expressionText)
    statement.bind(first + 1, schedule.command)
    statement.bind(first + 2, schedule.payload)
    statement.bind(first + 3, schedule.isEnabled)
    statement.bind(first + 4, text(schedule.updatedAt))
    statement.bind(first + 5, schedule.lastRunAt.map(text))
    statement.bind(first + 6, schedule.lastJobID)
    statement.bind(first + 7, schedule.nextRunAt.map(text))
    statement.bind(first + 8, text(schedule.anchor))
    statement.bind(first + 9, text(schedule.decidedUntil))
    statement.bind(first + 10, schedule.options.priority)
    statement.bind(first + 11, schedule.options.maxRetries.map(Int64.init))
    statement.bind(first + 12, schedule.options.timeoutMilliseconds)
    statement.bind(first + 13, schedule.options.environment)
    statement.bind(first + 14, labelText(schedule.options.labels))
    statement.bind(first + 15, schedule.overlap.rawValue)
    statement.bind(first + 16, schedule.missed.rawValue)
    statement.bind(first + 17, schedule.catchUpWindow.wholeMilliseconds)
    statement.bind(first + 18, schedule.skips.counts[.overlap] ?? 0)
    statement.bind(first + 19, schedule.skips.counts[.missed] ?? 0)
    statement.bind(first + 20, schedule.skips.counts[.refused] ?? 0)
    statement.bind(first + 21, schedule.skips.lastAt.map(text))
    statement.bind(first + 22, schedule.skips.lastText)
    statement.bind(first + 23, schedule.set)
    statement.bind(first + 24, schedule.options.pool)
  }
}
