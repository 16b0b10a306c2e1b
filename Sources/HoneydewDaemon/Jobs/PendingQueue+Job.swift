internal import HoneydewCore

extension PendingQueue.Lane {
  init(_ job: Job) {
    self.init(command: job.command, environment: job.environment, pool: job.pool)
  }
}

extension PendingQueue.Start {
  /// When a pending job may run that was read from the store.
  init(_ nextRunAt: Timestamp?, afterAttempt attempt: Int32, now: Duration, wallNow: Timestamp) {
    guard let nextRunAt, nextRunAt > wallNow else {
      self = .now
      return
    }
    // A clock that was set must not stretch a wait between attempts beyond the longest one: an hour of rest.
    self = attempt == 0 ? .at(nextRunAt) : .after(now + min(nextRunAt - wallNow, Throttle.longestRest))
  }
}
