import HoneydewTestSupport
import Testing

@testable import HoneydewCore

private let noon = Timestamp("2026-03-01T12:00:00Z")!

/// A schedule that was added at noon.
private func makeSchedule(
  _ expression: String = "*/10 * * * *", missed: MissedPolicy = .one, window: Duration = .seconds(24 * 3600)
) throws -> Schedule {
  var schedule = Schedule(
    id: "id", name: "nightly", expression: try CronExpression(expression), expressionText: expression,
    command: "diag.noop", payload: [], missed: missed, catchUpWindow: window, createdAt: noon)
  schedule.start(at: noon, in: .utc)
  return schedule
}

extension Schedule {
  /// As `takeDueTicks`, in minutes after noon.
  fileprivate mutating func take(
    atMinute minute: Double, limit: Int = 1000, hasRun: Set<Int> = []
  ) -> (runs: [Int], missed: Int64) {
    func minutes(_ moment: Timestamp) -> Int { Int((moment - noon).wholeMilliseconds / 60_000) }
    let due = takeDueTicks(at: noon + .milliseconds(Int64(minute * 60_000)), in: .utc, limit: limit) {
      hasRun.contains(minutes($0))
    }
    return (due.runs.map(minutes), due.missedCount)
  }

  fileprivate var nextMinute: Int? { nextRunAt.map { Int(($0 - noon).wholeMilliseconds / 60_000) } }
}

@Suite struct `A schedule` {
  @Test(arguments: MissedPolicy.allCases) func `runs each tick when it has come`(missed: MissedPolicy) throws {
    var schedule = try makeSchedule(missed: missed)
    #expect(schedule.nextMinute == 10)
    #expect(schedule.take(atMinute: 9.999) == ([], 0))
    #expect(schedule.take(atMinute: 10) == ([10], 0))
    #expect(schedule.nextMinute == 20)
    #expect(schedule.take(atMinute: 10) == ([], 0))
    // A minute late is on time.
    #expect(schedule.take(atMinute: 21) == ([20], 0))
  }

  @Test(
    arguments: [
      (MissedPolicy.one, [50], 4), (.none, [], 5), (.all, [10, 20, 30, 40, 50], 0),
    ] as [(MissedPolicy, [Int], Int64)])
  func `treats missed ticks by its policy`(missed: MissedPolicy, runs: [Int], skipped: Int64) throws {
    var schedule = try makeSchedule(missed: missed)
    #expect(schedule.take(atMinute: 55) == (runs, skipped))
    #expect(schedule.nextMinute == 60)
    #expect(schedule.take(atMinute: 55) == ([], 0))
  }

  @Test func `runs the tick of this moment, however many it has missed before`() throws {
    var schedule = try makeSchedule(missed: .none)
    #expect(schedule.take(atMinute: 50.5) == ([50], 4))
  }

  @Test(
    arguments: [
      (MissedPolicy.one, 5.0, [], 5), (.one, 4.9, [50], 4), (.all, 15, [40, 50], 3), (.all, 0, [], 5),
    ] as [(MissedPolicy, Double, [Int], Int64)])
  func `runs no tick that is older than its window`(
    missed: MissedPolicy, minutes: Double, runs: [Int], skipped: Int64
  ) throws {
    var schedule = try makeSchedule(missed: missed, window: .milliseconds(Int64(minutes * 60_000)))
    // The last tick is five minutes late, to the millisecond where the window is shorter.
    #expect(schedule.take(atMinute: minutes == 5 ? 55.001 : minutes == 4.9 ? 54.9 : 55) == (runs, skipped))
  }

  @Test func `decides about many ticks in steps, none twice`() throws {
    var schedule = try makeSchedule("* * * * *", missed: .all)
    var runs: [Int] = []
    for _ in 0..<4 { runs += schedule.take(atMinute: 10, limit: 3).runs }
    #expect(runs == Array(1...10))
    schedule = try makeSchedule("* * * * *")
    #expect(schedule.take(atMinute: 10, limit: 4) == ([], 4))
    #expect(schedule.take(atMinute: 10, limit: 4) == ([], 4))
    #expect(schedule.nextMinute == 9)
    #expect(schedule.take(atMinute: 10, limit: 4) == ([10], 1))
    #expect(schedule.nextMinute == 11)
  }

  @Test(arguments: [
    (MissedPolicy.all, 55.0, true), (.all, 10.5, false), (.all, 12, true), (.all, 20.5, true), (.one, 55, false),
    (.none, 20.5, false),
  ]) func `makes up for ticks that come together or late, where each is run`(
    missed: MissedPolicy, minute: Double, isCatchUp: Bool
  ) throws {
    var schedule = try makeSchedule(missed: missed)
    let due = schedule.takeDueTicks(at: noon + .milliseconds(Int64(minute * 60_000)), in: .utc) { _ in false }
    #expect(due.isCatchUp == isCatchUp)
  }

  @Test func `takes the last of many ticks with those before it`() throws {
    var schedule = try makeSchedule("* * * * *", missed: .all)
    #expect(schedule.take(atMinute: 4, limit: 3).runs == [1, 2, 3, 4])
    #expect(schedule.take(atMinute: 9, limit: 3).runs == [5, 6, 7])
    #expect(schedule.take(atMinute: 9, limit: 3).runs == [8, 9])
  }

  @Test(
    arguments: [
      (OverlapPolicy.skip, OverlapPolicy.queue), (.queue, .queue), (.allow, .allow), (.cancel, .queue),
    ]) func `runs what it makes up for one after the other, unless its jobs may overlap`(
      overlap: OverlapPolicy, catchingUp: OverlapPolicy
    ) throws
  {
    var schedule = try makeSchedule()
    schedule.overlap = overlap
    #expect(schedule.overlap(catchingUp: true) == catchingUp)
    #expect(schedule.overlap(catchingUp: false) == overlap)
  }

  @Test func `follows other rules of its zone from then on`() throws {
    let west = ZoneRules(initialOffset: -5 * 3600, transitions: [], footer: nil)
    var schedule = try makeSchedule("0 13 * * *", missed: .all)
    #expect(schedule.take(atMinute: 60).runs == [60])
    // The day after, at 20:00 UTC: by the other rules 13:00 was two hours ago, when nothing was to be run.
    let later = noon + .seconds(32 * 3600)
    #expect(schedule.takeDueTicks(at: noon + .seconds(25 * 3600), in: .utc) { _ in false }.runs.count == 1)
    #expect(schedule.takeDueTicks(at: later, in: west) { _ in false } == .init())
    #expect(schedule.nextRunAt == noon + .seconds(54 * 3600))
    // Back again: the tick that comes is the one of the rules in force.
    #expect(schedule.takeDueTicks(at: later, in: .utc) { _ in false } == .init())
    #expect(schedule.nextRunAt == noon + .seconds(49 * 3600))
  }

  @Test func `makes up by its policy for the time in which its zone was missing`() throws {
    var schedule = try makeSchedule(missed: .all)
    #expect(schedule.take(atMinute: 10).runs == [10])
    schedule.waitForZone(at: noon + .seconds(15 * 60))
    #expect(schedule.nextRunAt == nil)
    schedule.waitForZone(at: noon + .seconds(35 * 60))
    #expect(schedule.take(atMinute: 45).runs == [20, 30, 40])
    #expect(schedule.nextMinute == 50)
  }

  @Test func `ticks again when the clock was set back, but not what has run`() throws {
    var schedule = try makeSchedule()
    #expect(schedule.take(atMinute: 30).runs == [30])
    // Set back to minute 5: 10 and 20 have been left out, 30 has run.
    #expect(schedule.take(atMinute: 5) == ([], 0))
    #expect(schedule.nextMinute == 10)
    #expect(schedule.take(atMinute: 10, hasRun: [30]) == ([10], 0))
    #expect(schedule.take(atMinute: 20, hasRun: [30]) == ([20], 0))
    #expect(schedule.take(atMinute: 30, hasRun: [30]) == ([], 0))
    #expect(schedule.take(atMinute: 40, hasRun: [30]) == ([40], 0))
  }

  @Test func `is not stuck after a clock that was far ahead`() throws {
    var schedule = try makeSchedule(missed: .none)
    _ = schedule.take(atMinute: 1_000_000, limit: .max)
    #expect(schedule.nextMinute == 1_000_010)
    #expect(schedule.take(atMinute: 5) == ([], 0))
    #expect(schedule.take(atMinute: 10) == ([10], 0))
  }

  @Test func `makes up for nothing while it was paused`() throws {
    var schedule = try makeSchedule(missed: .all)
    schedule.isEnabled = false
    schedule.start(at: noon + .seconds(60), in: .utc)
    #expect(schedule.nextRunAt == nil)
    schedule.isEnabled = true
    schedule.start(at: noon + .seconds(3600), in: .utc)
    #expect(schedule.nextMinute == 70)
    #expect(schedule.take(atMinute: 70) == ([70], 0))
  }

  @Test func `counts the intervals of another expression from its change`() throws {
    var schedule = try makeSchedule()
    let change = noon + .milliseconds(90_500)
    schedule.setExpression(try CronExpression("@every 1h"), text: "@every 1h", at: change)
    schedule.start(at: change, in: .utc)
    #expect(schedule.nextRunAt == noon + .seconds(3690))
  }

  @Test func `goes on as it was when the same is asked of it again`() throws {
    var schedule = try makeSchedule("@every 1h")
    let before = schedule
    var other = try makeSchedule("TZ=UTC  @every  60m")
    other.expression = before.expression
    #expect(other.differences(from: schedule) == ["cron_expr"])
    try schedule.take(from: other, at: noon + .seconds(1800), in: nil)
    #expect(schedule.nextRunAt == before.nextRunAt && schedule.anchor == before.anchor)
    #expect(schedule.expressionText == "TZ=UTC  @every  60m" && schedule.updatedAt == noon + .seconds(1800))
    #expect(schedule.differences(from: other).isEmpty)
  }

  @Test func `takes over all that is asked of it, and keeps what it has done`() throws {
    var schedule = try makeSchedule()
    schedule.ran(as: "job", at: noon)
    schedule.skipped(.overlap, "late", at: noon)
    var other = try makeSchedule("0 13 * * *", missed: .all, window: .seconds(9))
    (other.id, other.command, other.payload, other.overlap) = ("other", "a.b", [1], .queue)
    other.options = .init(priority: 1, maxRetries: 2, timeoutMilliseconds: 3, environment: "e", labels: ["a": "b"])
    (other.set, other.isEnabled) = ("web", false)
    #expect(
      other.differences(from: schedule) == [
        "cron_expr", "command", "priority", "max_retries", "timeout_ms", "environment", "labels", "overlap", "missed",
        "catchup_window_ms", "paused", "set",
      ])
    try schedule.take(from: other, at: noon + .seconds(60), in: .utc)
    #expect(schedule.differences(from: other).isEmpty && schedule.payload == [1])
    #expect(schedule.nextRunAt == nil && schedule.id == "id" && schedule.lastJobID == "job")
    #expect(schedule.skips.counts == [.overlap: 1] && schedule.createdAt == noon)
  }

  @Test func `counts its skips by their reasons`() throws {
    var schedule = try makeSchedule()
    schedule.skipped(.overlap, "a", at: noon)
    schedule.skipped(.missed, count: 4, "b", at: noon)
    schedule.skipped(.overlap, "c", at: noon + .seconds(1))
    #expect(schedule.skips == .init(counts: [.overlap: 2, .missed: 4], lastAt: noon + .seconds(1), lastText: "c"))
  }
}

@Suite struct `The queue of schedules` {
  @Test func `gives those that are due, in order`() {
    var queue = ScheduleQueue()
    for (id, minute) in [("c", 3), ("a", 1), ("b", 2), ("d", 9)] { queue.set(id, due: noon + .seconds(60 * minute)) }
    #expect(queue.earliest == noon + .seconds(60))
    let now = noon + .seconds(180)
    #expect((0..<4).map { _ in queue.next(at: now) } == ["a", "b", "c", nil])
    #expect(queue.earliest == noon + .seconds(540))
    #expect(queue.count == 1)
  }

  @Test func `knows the first moment, whatever was changed`() {
    var queue = ScheduleQueue()
    queue.set("a", due: noon)
    queue.set("b", due: noon + .seconds(1))
    queue.set("a", due: noon + .seconds(5))
    #expect(queue.earliest == noon + .seconds(1))
    queue.set("b", due: nil)
    #expect(queue.earliest == noon + .seconds(5))
    queue.set("a", due: nil)
    #expect(queue.earliest == nil)
    #expect(queue.next(at: noon + .seconds(100)) == nil)
  }

  @Test func `agrees with a dictionary about random changes`() {
    var random = SeededGenerator(state: 3)
    var queue = ScheduleQueue()
    var model: [String: Timestamp] = [:]
    for step in 0..<20_000 {
      let id = "id\(Int.random(in: 0..<50, using: &random))"
      if step % 7 == 0 {
        let now = noon + .seconds(Int.random(in: 0..<100, using: &random))
        let first = model.filter { $0.value <= now }.min { ($0.value, $0.key) < ($1.value, $1.key) }?.key
        #expect(queue.next(at: now) == first)
        if let first { model[first] = nil }
      } else {
        let due = Bool.random(using: &random) ? noon + .seconds(Int.random(in: 0..<100, using: &random)) : nil
        queue.set(id, due: due)
        model[id] = due
      }
      #expect(queue.earliest == model.values.min())
    }
  }
}
