public import HoneydewCore

extension Store {
  public func schedule(id: String) throws(StoreError) -> Schedule? {
    try reading { () throws(StoreError) in
      reads.scheduleByID.bind(1, id)
      return try reads.scheduleByID.rows { row throws(StoreError) in try row.schedule(owner) }.first
    }
  }

  public func schedule(named name: String) throws(StoreError) -> Schedule? {
    try reading { () throws(StoreError) in
      reads.scheduleByName.bind(1, name)
      return try reads.scheduleByName.rows { row throws(StoreError) in try row.schedule(owner) }.first
    }
  }

  /// Schedules without payload, in the order of their names.
  ///
  /// - Parameters:
  ///   - name: only later names are given; empty gives the first.
  ///   - submitter: only what this user added, who is not the daemon's own.
  public func schedules(
    after name: String, of submitter: UInt32? = nil, limit: Int
  ) throws(StoreError) -> [Schedule] {
    try reading { () throws(StoreError) in
      let statement = submitter == nil ? reads.schedulesAfter : reads.otherSchedulesAfter
      statement.bind(1, name)
      statement.bind(2, Int64(limit))
      if let submitter { statement.bind(3, Int64(submitter)) }
      return try statement.rows { row throws(StoreError) in try row.schedule(owner) }
    }
  }

  /// The schedules of a set without payload, whoever has added them.
  public func schedules(ofSet set: String) throws(StoreError) -> [Schedule] {
    try reading { () throws(StoreError) in
      reads.schedulesOfSet.bind(1, set)
      return try reads.schedulesOfSet.rows { row throws(StoreError) in try row.schedule(owner) }
    }
  }

  /// The names of the first schedules that name an environment.
  public func scheduleNames(ofEnvironment environment: String, limit: Int) throws(StoreError) -> [String] {
    try reading { () throws(StoreError) in
      reads.schedulesOfEnvironment.bind(1, environment)
      reads.schedulesOfEnvironment.bind(2, Int64(limit))
      return try reads.schedulesOfEnvironment.rows { $0.text(0) }
    }
  }

  /// Calls `body` with every schedule that is not paused. It must not call the store.
  public func enabledSchedules(_ body: (ScheduledTick) -> Void) throws(StoreError) {
    try reading { () throws(StoreError) in
      try reads.enabledSchedules.forEachRow { row throws(StoreError) in
        body(
          ScheduledTick(id: row.text(0), nextRunAt: try row.optionalTime(1), decidedUntil: try row.time(2)))
      }
    }
  }

  /// The expressions of schedules that are not paused, in the order of their ids.
  ///
  /// - Parameter id: only greater ones are given; empty gives the first.
  public func enabledSchedules(
    after id: String, limit: Int
  ) throws(StoreError) -> [(id: String, expression: CronExpression)] {
    try reading { () throws(StoreError) in
      reads.enabledSchedulesAfter.bind(1, id)
      reads.enabledSchedulesAfter.bind(2, Int64(limit))
      return try reads.enabledSchedulesAfter.rows { row throws(StoreError) in (row.text(0), try row.expression(1)) }
    }
  }

  /// Whether the tick of a schedule has its job.
  public func hasJob(ofSchedule name: String, tick: Timestamp) throws(StoreError) -> Bool {
    try reading { () throws(StoreError) in
      reads.tick.bind(1, name)
      reads.tick.bind(2, tick.description)
      return try !reads.tick.rows { $0.int32(0) }.isEmpty
    }
  }
}

/// What the daemon keeps of a schedule in memory.
public struct ScheduledTick: Equatable, Sendable {
  public var id: String
  public var nextRunAt: Timestamp?
  public var decidedUntil: Timestamp
}

extension Statement {
  fileprivate func expression(_ column: Int32) throws(StoreError) -> CronExpression {
    guard let expression = try? CronExpression(text(column)) else { throw unreadable(column) }
    return expression
  }

  /// Reads `scheduleColumns` and the payload.
  fileprivate func schedule(_ owner: UInt32) throws(StoreError) -> Schedule {
    let expression = try expression(2)
    guard let overlap = OverlapPolicy(rawValue: text(17)) else { throw unreadable(17) }
    guard let missed = MissedPolicy(rawValue: text(18)) else { throw unreadable(18) }
    let options = Schedule.Options(
      priority: try number(12, StoredRanges.priority), maxRetries: try optionalNumber(13, StoredRanges.count),
      timeoutMilliseconds: try optionalNumber(14, StoredRanges.milliseconds),
      environment: optional(15, text), pool: optional(27, text), labels: try labels(16))
    let skips = Schedule.Skips(
      counts: [
        .overlap: try number(20, StoredRanges.longCount), .missed: try number(21, StoredRanges.longCount),
        .refused: try number(22, StoredRanges.longCount),
      ].filter { $0.value > 0 },
      lastAt: try optionalTime(23), lastText: optional(24, text))
    return Schedule(
      id: text(0), name: text(1), expression: expression, expressionText: text(2), command: text(3),
      submitter: try submitter(25, owner), payload: bytes(28),
      options: options, isEnabled: bool(4), overlap: overlap, missed: missed,
      catchUpWindow: .milliseconds(try number(19, StoredRanges.milliseconds)), createdAt: try time(5),
      updatedAt: try time(6),
      lastRunAt: try optionalTime(7), lastJobID: optional(8, text), nextRunAt: try optionalTime(9),
      anchor: try time(10), decidedUntil: try time(11), skips: skips, set: optional(26, text))
  }
}
