import HoneydewCore
import Testing

@testable import HoneydewStore

func makeSchedule(_ name: String, environment: String? = "production") -> Schedule {
  guard let expression = try? CronExpression("TZ=Europe/Berlin 0 5 * * *") else { preconditionFailure("it is right") }
  var schedule = Schedule(
    id: "id-" + name, name: name, expression: expression, expressionText: "TZ=Europe/Berlin 0 5 * * *",
    command: "github.commits", payload: Array(#"{"a":1}"#.utf8),
    options: .init(
      priority: -3, maxRetries: 2, timeoutMilliseconds: 500, environment: environment, labels: ["team": "web"]),
    overlap: .queue, missed: .all, catchUpWindow: .seconds(60), createdAt: now)
  schedule.start(at: now, in: .utc)
  return schedule
}

@Suite struct `Stored schedules` {
  let directory = TemporaryDirectory()
  let store: Store

  init() throws {
    store = try Store(path: directory.database, now: now)
  }

  private func commit(_ writes: StoreWrite...) throws -> [Int: StoreError] {
    try store.commit(writes, durable: false)
  }

  @Test func `are read as they were written`() throws {
    var schedule = makeSchedule("a")
    #expect(try commit(.insertSchedule(schedule)).isEmpty)
    #expect(try store.schedule(id: "id-a") == schedule)
    #expect(try store.schedule(named: "a") == schedule)
    #expect(try store.schedule(named: "b") == nil)
    schedule.setExpression(try CronExpression("@every 5m"), text: "@every 5m", at: now + .seconds(9))
    schedule.isEnabled = false
    schedule.options = .init()
    schedule.overlap = .cancel
    schedule.missed = .none
    schedule.ran(as: "job", at: now + .seconds(1))
    schedule.skipped(.missed, count: 7, "late", at: now + .seconds(2))
    schedule.nextRunAt = nil
    schedule.payload = []
    #expect(try commit(.updateSchedule(schedule)).isEmpty)
    #expect(try store.schedule(id: "id-a") == schedule)
    #expect(try commit(.removeSchedule(id: "id-a")).isEmpty)
    #expect(try store.schedule(id: "id-a") == nil)
    #expect(try commit(.updateSchedule(schedule))[0]?.code == .constraint)
  }

  @Test func `are listed by name, without their payload`() throws {
    for name in ["c", "a", "b"] { #expect(try commit(.insertSchedule(makeSchedule(name))).isEmpty) }
    #expect(try store.schedules(after: "", limit: 2).map(\.name) == ["a", "b"])
    #expect(try store.schedules(after: "b", limit: 2).map(\.name) == ["c"])
    #expect(try store.schedules(after: "", limit: 1)[0].payload == [])
  }

  @Test func `have a name of their own`() throws {
    var other = makeSchedule("a")
    other.id = "other"
    #expect(try commit(.insertSchedule(makeSchedule("a")), .insertSchedule(other))[1]?.code == .constraint)
  }

  @Test func `are found by their environment`() throws {
    _ = try commit(
      .insertSchedule(makeSchedule("a")), .insertSchedule(makeSchedule("b", environment: nil)),
      .insertSchedule(makeSchedule("c")))
    #expect(try store.scheduleNames(ofEnvironment: "production", limit: 9) == ["a", "c"])
    #expect(try store.scheduleNames(ofEnvironment: "production", limit: 1) == ["a"])
  }

  @Test func `tell their next moments, unless they are paused`() throws {
    var paused = makeSchedule("b")
    paused.isEnabled = false
    _ = try commit(.insertSchedule(makeSchedule("a")), .insertSchedule(paused))
    var found: [ScheduledTick] = []
    try store.enabledSchedules { found.append($0) }
    #expect(found == [.init(id: "id-a", nextRunAt: makeSchedule("a").nextRunAt, decidedUntil: now)])
  }

  @Test func `give their expressions by pages of ids, unless they are paused`() throws {
    var paused = makeSchedule("b")
    paused.isEnabled = false
    _ = try commit(
      .insertSchedule(makeSchedule("c")), .insertSchedule(paused), .insertSchedule(makeSchedule("a")))
    let first = try store.enabledSchedules(after: "", limit: 1)
    #expect(first.map(\.id) == ["id-a"])
    #expect(first[0].expression == makeSchedule("a").expression)
    #expect(try store.enabledSchedules(after: "id-a", limit: 9).map(\.id) == ["id-c"])
    #expect(try store.enabledSchedules(after: "id-c", limit: 9).isEmpty)
  }

  @Test func `have one job for a tick, and any number without`() throws {
    func job(_ sequence: Int, tick: Timestamp?, of schedule: String = "a") -> StoreWrite {
      var job = makeJob(sequence)
      job.origin = JobOrigin(schedule: schedule, tick: tick, isSerial: sequence == 1)
      return .insertJob(job)
    }
    let refused = try commit(
      job(1, tick: now), job(2, tick: now), job(3, tick: now, of: "b"), job(4, tick: now + .seconds(1)),
      job(5, tick: nil), job(6, tick: nil), .insertJob(makeJob(7)))
    #expect(refused.mapValues(\.code) == [1: .constraint])
    #expect(try store.hasJob(ofSchedule: "a", tick: now))
    #expect(try !store.hasJob(ofSchedule: "a", tick: now + .seconds(2)))
    #expect(try store.jobs(filter: JobFilter(schedules: ["a"]), limit: 9).map(\.sequence) == [6, 5, 4, 1])
    let both = JobFilter(schedules: ["a", "b", "none"])
    #expect(
      try store.jobs(filter: both, limit: 9).map(\.sequence).filter { [1, 4, 5, 6].contains($0) } == [6, 5, 4, 1])
    #expect(try store.jobs(filter: JobFilter(statuses: [.running], schedules: ["a"]), limit: 9).isEmpty)
    #expect(try store.job(sequence: 1)?.origin == JobOrigin(schedule: "a", tick: now, isSerial: true))
    #expect(try store.job(sequence: 7)?.origin == nil)
    var pending: [String?] = []
    try store.pendingJobs { pending.append($0.isSerial ? $0.schedule : nil) }
    #expect(pending == ["a", nil, nil, nil, nil, nil])
  }

  @Test func `lead to their jobs in the order of submission without sorting`() throws {
    for filter in [
      JobFilter(schedules: ["a"]), JobFilter(statuses: [.failed, .pending], commands: ["x"], schedules: ["a"]),
    ] {
      let plan = try store.database.prepare(
        "EXPLAIN QUERY PLAN " + JobQuery(filter, .newestFirst, .list, owner: store.owner).sql)
      // The values that a field may have are a list in memory.
      let steps = try plan.rows { $0.text(3) }.filter { !$0.contains("json_each") && !$0.contains("LIST SUBQUERY") }
      #expect(steps.count == 1 && steps[0].contains("idx_jobs_schedule (schedule=?"), "\(steps)")
    }
  }
}
