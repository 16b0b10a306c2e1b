internal import HoneydewCore
internal import HoneydewStore
internal import HoneydewSystem

/// The ticks of schedules: a tick's job and the schedule's advance are one transaction.
final class ScheduleDesk: WallClockOwner {
  /// Jobs that ticks make in one turn; more wait for the next.
  private static let tickLimit = 200
  /// Ticks of one schedule that a turn looks at, where most of them are left out.
  private static let missedLimit = 2000

  private let turn: Turn
  private let gate: StoreGate
  private let book: ScheduleBook
  private let jobs: JobBook
  private let jobDesk: JobDesk
  private let submissions: SubmissionDesk
  private let keys: KeyDesk
  private let zones: ZoneBook
  private let drain: DrainDesk
  /// The wall clock as of the last turn.
  private var lastWallNow: Timestamp

  init(
    turn: Turn, gate: StoreGate, book: ScheduleBook, jobs: JobBook, jobDesk: JobDesk, submissions: SubmissionDesk,
    keys: KeyDesk, zones: ZoneBook, drain: DrainDesk
  ) {
    self.turn = turn
    self.gate = gate
    self.book = book
    self.jobs = jobs
    self.jobDesk = jobDesk
    self.submissions = submissions
    self.keys = keys
    self.zones = zones
    self.drain = drain
    lastWallNow = turn.wallNow
  }

  /// On a full disk no job is made; the ticks are decided about when there is room.
  private var mayDecide: Bool { gate.store != nil && gate.mayCommit && !gate.isShortOfRoom && !drain.isDraining }

  var wallDeadline: Timestamp? { mayDecide ? book.queue.earliest : nil }

  func step() {
    // Of a change of the key that is not on disk the rows' payloads are still sealed under the previous one.
    guard mayDecide, !keys.isCommitting else { return }
    do throws(Refusal) {
      if turn.wallNow < lastWallNow { try book.clockWasSet() }
      lastWallNow = turn.wallNow
      var ticks = 0
      while ticks < Self.tickLimit, let schedule = try book.takeDue() {
        turn.beginDecision()
        ticks += max(1, try decideTicks(of: schedule))
      }
    } catch {
      // The store is down, and the schedules are decided about when it is back.
    }
  }

  /// - Returns: how many ticks were decided.
  private func decideTicks(of schedule: Schedule) throws(Refusal) -> Int {
    var schedule = schedule
    turn.makeDurable()
    zones.keep(schedule.expression)
    let zone: ZoneRules
    do {
      zone = schedule.expression.followsClock ? try zones.rules(of: schedule.expression) : .utc
    } catch {
      wait(&schedule, error.text)
      return 1
    }
    if book.zoneConcerns[schedule.id]?.isWaiting == true {
      turn.log(
        .info, .schedule, "schedule ticks again",
        ["schedule_id": .string(schedule.id), "schedule_name": .string(schedule.name)])
    }
    let name = schedule.name
    let limit = schedule.missed == .all ? Self.tickLimit : Self.missedLimit
    let due = try schedule.takeDueTicks(at: turn.wallNow, in: zone, limit: limit) { tick throws(Refusal) in
      try gate.read { store throws(StoreError) in try store.hasJob(ofSchedule: name, tick: tick) }
    }
    if due.missedCount > 0 {
      skip(&schedule, .missed, count: due.missedCount, "came late")
    }
    let overlap = schedule.overlap(catchingUp: due.isCatchUp)
    for tick in due.runs { try run(&schedule, tick, overlap) }
    let failure = schedule.expression.followsClock ? zones.failure(of: schedule.expression) : nil
    book.update(schedule, concern: failure.map { concern(of: schedule, $0.text, isWaiting: false) })
    return due.runs.count + Int(due.missedCount)
  }

  /// Lets a schedule wait for its zone, and says so once.
  private func wait(_ schedule: inout Schedule, _ text: String) {
    let concern = concern(of: schedule, text, isWaiting: true)
    schedule.waitForZone(at: turn.wallNow)
    if book.zoneConcerns[schedule.id] != concern {
      schedule.skipped(.refused, count: 0, text, at: turn.wallNow)
      turn.log(
        .error, .schedule, "schedule waits for its time zone",
        [
          "schedule_id": .string(schedule.id), "schedule_name": .string(schedule.name), "error": .string(text),
        ])
    }
    book.update(schedule, concern: concern)
  }

  private func concern(of schedule: Schedule, _ text: String, isWaiting: Bool) -> ZoneConcern {
    ZoneConcern(schedule: schedule.name, zone: schedule.expression.zone, text: text, isWaiting: isWaiting)
  }

  private func run(_ schedule: inout Schedule, _ tick: Timestamp, _ overlap: OverlapPolicy) throws(Refusal) {
    if overlap == .skip, let job = try jobs.latestUnendedJob(of: schedule.group) {
      return skip(&schedule, .overlap, count: 1, "job \(job.id) had not ended")
    }
    do throws(Refusal) {
      _ = try submitJob(of: &schedule, tick: tick, overlap)
    } catch {
      guard error.reason != .storeUnavailable else { throw error }
      skip(&schedule, .refused, count: 1, error.text)
    }
  }

  /// Submits a job of a schedule.
  ///
  /// - Parameter tick: nil when somebody asks for the job.
  private func submitJob(
    of schedule: inout Schedule, tick: Timestamp?, _ overlap: OverlapPolicy
  ) throws(Refusal) -> String {
    try submissions.requireRoom()
    var job = try submissions.check(Submission(schedule, payload: try keys.open(schedule)))
    job.origin = JobOrigin(schedule: schedule.name, tick: tick, isSerial: overlap == .queue)
    if overlap == .cancel {
      while let earlier = try jobs.latestUnendedJob(of: schedule.group) { try jobDesk.cancel(earlier) }
    }
    let id = submissions.queue(job)
    schedule.ran(as: id, at: turn.wallNow)
    guard tick != nil else { return id }
    turn.log(
      .info, .schedule, "schedule triggered",
      ["schedule_id": .string(schedule.id), "schedule_name": .string(schedule.name), "job_id": .string(id)])
    return id
  }

  /// Submits a job of a schedule now, whether it is paused or not.
  ///
  /// - Returns: the job's id.
  func trigger(_ text: String, by access: Access) throws(Refusal) -> String {
    var schedule = try book.find(text, within: access.owned)
    if CommandRegistry.find(schedule.command)?.isLocal == true { try access.checkLocal() }
    if schedule.overlap == .skip, let job = try jobs.latestUnendedJob(of: schedule.group) {
      throw .scheduleBusy(schedule.name, job: job.id)
    }
    let id = try submitJob(of: &schedule, tick: nil, schedule.overlap)
    book.update(schedule)
    return id
  }

  private func skip(_ schedule: inout Schedule, _ reason: SkipReason, count: Int64, _ text: String) {
    schedule.skipped(reason, count: count, text, at: turn.wallNow)
    turn.log(
      reason == .refused ? .error : .warn, .schedule, "schedule skipped",
      [
        "schedule_id": .string(schedule.id), "schedule_name": .string(schedule.name),
        "reason": .string(reason.rawValue), "ticks": .int(Int(count)), "detail": .string(text),
      ])
  }
}
