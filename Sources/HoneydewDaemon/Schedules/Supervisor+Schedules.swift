internal import HoneydewConfig
internal import HoneydewCore
internal import HoneydewRPC
internal import HoneydewStore
internal import HoneydewSystem
internal import HoneydewVault

/// The ticks of schedules: a tick's job and the schedule's advance are one transaction.
extension Supervisor {
  /// Jobs that ticks make in one turn; more wait for the next.
  private static let tickLimit = 500
  /// Ticks of one schedule that a turn looks at, where most of them are left out.
  private static let missedLimit = 5000

  func runSchedules() {
    guard let store, drain == nil else { return }
    // The rows' payloads are still sealed under the previous key.
    if case .committing = rotation?.phase { return }
    do throws(StoreError) {
      if wallNow < lastWallNow { try schedules.clockWasSet(wallNow) }
      lastWallNow = wallNow
      var ticks = 0
      while ticks < Self.tickLimit, let schedule = try schedules.takeDue(at: wallNow) {
        ticks += max(1, try decideTicks(of: schedule, store))
      }
    } catch {
      storeFailed(error)
    }
  }

  /// - Returns: how many ticks were decided.
  private func decideTicks(of schedule: Schedule, _ store: Store) throws(StoreError) -> Int {
    var schedule = schedule
    turn.makeDurable()
    let zone: ZoneRules
    do {
      zone = try zones.rules(of: schedule.expression)
    } catch {
      schedule.nextRunAt = nil
      skip(&schedule, .refused, count: 0, error.text)
      schedules.update(schedule)
      return 1
    }
    let name = schedule.name
    let limit = schedule.missed == .all ? Self.tickLimit : Self.missedLimit
    let due = try schedule.takeDueTicks(at: wallNow, in: zone, limit: limit) { tick throws(StoreError) in
      try store.hasJob(ofSchedule: name, tick: tick)
    }
    if due.missedCount > 0 {
      skip(&schedule, .missed, count: due.missedCount, "came late")
    }
    for tick in due.runs { try run(&schedule, tick) }
    schedules.update(schedule)
    return due.runs.count + Int(due.missedCount)
  }

  private func run(_ schedule: inout Schedule, _ tick: Timestamp) throws(StoreError) {
    if let job = try hindrance(to: schedule) {
      return skip(&schedule, .overlap, count: 1, "job \(job.id) had not ended")
    }
    do throws(Status) {
      _ = try submitJob(of: &schedule, tick: tick)
    } catch {
      skip(&schedule, .refused, count: 1, error.message)
    }
  }

  /// The job that must end before another of the schedule is made.
  private func hindrance(to schedule: Schedule) throws(StoreError) -> Job? {
    schedule.overlap == .skip ? try jobs.latestUnendedJob(of: schedule.name) : nil
  }

  /// Submits a job of a schedule, by its policy on overlaps.
  ///
  /// - Parameter tick: nil when somebody asks for the job.
  private func submitJob(of schedule: inout Schedule, tick: Timestamp?) throws(Status) -> String {
    var job = try check(Submission(schedule, payload: try open(schedule)))
    job.origin = JobOrigin(schedule: schedule.name, tick: tick, isSerial: schedule.overlap == .queue)
    if schedule.overlap == .cancel {
      let name = schedule.name
      while let earlier = try available({ () throws(StoreError) in try jobs.latestUnendedJob(of: name) }) {
        _ = try cancel(earlier.id)
      }
    }
    let id = queue(job)
    schedule.ran(as: id, at: wallNow)
    let fields: LogFields = [
      "schedule_id": .string(schedule.id), "schedule_name": .string(schedule.name), "job_id": .string(id),
    ]
    turn.afterCommit { [log] in log.of(.schedule).info("schedule triggered", fields) }
    return id
  }

  /// Submits a job of a schedule now, whether it is paused or not.
  ///
  /// - Returns: the job's id.
  func trigger(_ text: String) throws(Status) -> String {
    try requireStore(forWriting: true)
    var schedule = try schedules.find(text)
    let found = schedule
    if let job = try available({ () throws(StoreError) in try hindrance(to: found) }) {
      throw .scheduleBusy(schedule.name, job)
    }
    let id = try submitJob(of: &schedule, tick: nil)
    schedules.update(schedule)
    return id
  }

  /// The schedule's payload with its secret arguments in the open.
  func open(_ schedule: Schedule) throws(Status) -> [UInt8] {
    do {
      return try open(schedule.payload, of: schedule.command, row: Schedule.row(id: schedule.id))
    } catch {
      throw .sealingFailed("the secret arguments of schedule \(schedule.name)", error)
    }
  }

  private func skip(_ schedule: inout Schedule, _ reason: SkipReason, count: Int64, _ text: String) {
    schedule.skipped(reason, count: count, text, at: wallNow)
    let fields: LogFields = [
      "schedule_id": .string(schedule.id), "schedule_name": .string(schedule.name),
      "reason": .string(reason.rawValue), "ticks": .int(Int(count)), "detail": .string(text),
    ]
    turn.afterCommit { [log] in log.of(.schedule).warn("schedule skipped", fields) }
  }
}

extension Schedule {
  /// What its sealed arguments are bound to.
  static func row(id: String) -> String { "schedules/\(id)" }
}
