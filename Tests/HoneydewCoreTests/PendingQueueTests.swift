import HoneydewTestSupport
import Testing

@testable import HoneydewCore

private let lane = PendingQueue.Lane(command: "github.commits", environment: "production")
private let other = PendingQueue.Lane(command: "diag.noop", environment: nil)
private let midnight = Timestamp(milliseconds: 0)

extension PendingQueue {
  fileprivate mutating func next(at now: Duration = .zero) -> Int64? { next(at: now, wallNow: midnight) }
}

@Suite struct `The pending queue` {
  @Test func `gives the highest priority first, then the oldest, whatever the lane`() {
    var queue = PendingQueue()
    for (sequence, priority) in [(1, 0), (2, 5), (3, 0), (4, 5), (5, -1)] {
      queue.insert(sequence: Int64(sequence), priority: Int32(priority), lane: sequence % 2 == 0 ? lane : other)
    }
    #expect((0..<6).map { _ in queue.next() } == [2, 4, 1, 3, 5, nil])
  }

  @Test func `holds delayed jobs back until their time, and then by their priority`() {
    var queue = PendingQueue()
    queue.insert(sequence: 1, priority: 9, lane: lane, start: .after(.seconds(5)))
    queue.insert(sequence: 2, priority: 0, lane: lane)
    #expect(queue.nextBackoffEnd == .seconds(5))
    #expect(queue.next(at: .seconds(4)) == 2)
    #expect(queue.next(at: .seconds(4)) == nil)
    #expect(queue.next(at: .seconds(5)) == 1)
    #expect(queue.count == 0)
  }

  @Test func `keeps an appointment by the wall clock, wherever the other clock stands`() {
    var queue = PendingQueue()
    let noon = midnight + .seconds(12 * 3600)
    queue.insert(sequence: 1, priority: 0, lane: lane, start: .at(noon))
    #expect(queue.nextAppointment == noon)
    #expect(queue.next(at: .seconds(1_000_000), wallNow: midnight) == nil)
    #expect(queue.next(at: .zero, wallNow: noon) == 1)
  }

  @Test func `knows the oldest job that may run, whatever its priority`() {
    var queue = PendingQueue()
    #expect(queue.oldestReady(at: .zero, wallNow: midnight) == nil)
    queue.insert(sequence: 1, priority: 9, lane: lane, start: .held(group: "s"))
    queue.insert(sequence: 2, priority: 9, lane: lane, start: .at(midnight + .seconds(60)))
    queue.insert(sequence: 3, priority: 9, lane: lane, start: .after(.seconds(5)))
    queue.insert(sequence: 4, priority: -9, lane: other)
    queue.insert(sequence: 5, priority: 9, lane: lane)
    queue.insert(sequence: 6, priority: 9, lane: other)
    #expect(queue.oldestReady(at: .zero, wallNow: midnight) == 4)
    queue.remove(sequence: 4, lane: other)
    #expect(queue.oldestReady(at: .zero, wallNow: midnight) == 5)
    #expect(queue.oldestReady(at: .seconds(5), wallNow: midnight) == 3)
    #expect(queue.oldestReady(at: .zero, wallNow: midnight + .seconds(60)) == 2)
  }

  @Test func `holds a job back until it is released, and others take no notice`() {
    var queue = PendingQueue()
    queue.insert(sequence: 1, priority: 0, lane: lane, start: .held(group: "s"))
    queue.insert(sequence: 2, priority: 5, lane: lane, start: .held(group: "s"))
    queue.insert(sequence: 3, priority: 0, lane: lane, start: .held(group: "s"))
    queue.insert(sequence: 4, priority: 9, lane: lane, start: .held(group: "other"))
    #expect((queue.count, queue.delayedCount, queue.heldCount(for: "s")) == (4, 4, 3))
    #expect(queue.next() == nil)
    queue.release("s")
    #expect((queue.next(), queue.next()) == (2, nil))
    queue.remove(sequence: 1, lane: lane)
    queue.release("s")
    #expect((queue.next(), queue.next()) == (3, nil))
    queue.release("s")
    #expect(queue.holder(of: 4) == "other")
    #expect((queue.count, queue.count(in: lane)) == (1, 1))
  }

  @Test func `passes over a lane that is held back, and comes back to it`() {
    var queue = PendingQueue()
    queue.insert(sequence: 1, priority: 9, lane: lane)
    queue.insert(sequence: 2, priority: 0, lane: other)
    #expect(queue.next(at: .zero, wallNow: midnight) { $0 != lane } == 2)
    #expect(queue.next(at: .zero, wallNow: midnight) { $0 != lane } == nil)
    #expect(queue.next() == 1)
  }

  @Test func `knows a job that was taken out and came back with another priority`() {
    var queue = PendingQueue()
    queue.insert(sequence: 1, priority: 9, lane: lane)
    queue.insert(sequence: 2, priority: 5, lane: lane)
    queue.remove(sequence: 1, lane: lane)
    queue.insert(sequence: 1, priority: 0, lane: other)
    #expect((queue.count, queue.count(in: lane), queue.count(in: other)) == (2, 1, 1))
    #expect((0..<3).map { _ in queue.next() } == [2, 1, nil])
  }

  @Test func `asks about few of its lanes, however many there are`() {
    var queue = PendingQueue()
    let lanes = (0..<500).map { PendingQueue.Lane(command: "github.command\($0)", environment: "production") }
    for (number, lane) in lanes.enumerated() {
      for round in 0..<2 { queue.insert(sequence: Int64(round * 500 + number), priority: 0, lane: lane) }
    }
    var asked = 0
    for sequence in 0..<Int64(1000) {
      let next = queue.next(at: .zero, wallNow: midnight) { _ in
        asked += 1
        return true
      }
      #expect(next == sequence)
    }
    // The first of them, and those that come before it in the list of lanes.
    #expect(asked < 20_000)
  }

  @Test func `knows the provider of a lane, and tells lanes apart by command and environment`() {
    #expect((lane.provider, other.provider) == ("github", "diag"))
    #expect(PendingQueue.Lane(command: "nodot", environment: nil).provider == "nodot")
    let same = PendingQueue.Lane(command: "github.commits", environment: "production")
    let staging = PendingQueue.Lane(command: "github.commits", environment: "staging")
    #expect(Set([lane, same, staging, other]).count == 3)
  }

  /// A naive model of the same: everything in a list that is searched.
  private struct Model {
    var jobs: [(sequence: Int64, priority: Int32, lane: PendingQueue.Lane, notBefore: Duration)] = []

    mutating func next(at now: Duration, held: PendingQueue.Lane?) -> Int64? {
      let expected = jobs.indices.filter { jobs[$0].notBefore <= now && jobs[$0].lane != held }
        .min { (-jobs[$0].priority, jobs[$0].sequence) < (-jobs[$1].priority, jobs[$1].sequence) }
      return expected.map { jobs.remove(at: $0).sequence }
    }
  }

  @Test(arguments: [UInt64(1), 2, 3, 4])
  func `agrees with a searched list over many random steps`(seed: UInt64) {
    var random = SeededGenerator(state: seed)
    var queue = PendingQueue()
    var model = Model()
    var known: Int64 = 0
    for step in 0..<250_000 {
      let now = Duration.milliseconds(step)
      switch Int.random(in: 0..<11, using: &random) {
      case 0..<5 where model.jobs.count < 50:
        // One that was there before, in one of five cases.
        let sequence = known > 0 && Bool.random(using: &random) ? Int64.random(in: 0..<known, using: &random) : known
        guard !model.jobs.contains(where: { $0.sequence == sequence }) else { continue }
        known = max(known, sequence + 1)
        let priority = Int32.random(in: -2...2, using: &random)
        let delay = Duration.milliseconds(max(0, Int.random(in: -300..<300, using: &random)))
        let lane = Bool.random(using: &random) ? lane : other
        let start: PendingQueue.Start =
          delay == .zero ? .now : Bool.random(using: &random) ? .after(now + delay) : .at(midnight + (now + delay))
        queue.insert(sequence: sequence, priority: priority, lane: lane, start: start)
        model.jobs.append((sequence, priority, lane, now + delay))
      case 5..<8 where !model.jobs.isEmpty:
        let job = model.jobs.remove(at: Int.random(in: 0..<model.jobs.count, using: &random))
        queue.remove(sequence: job.sequence, lane: job.lane)
      default:
        let held = Bool.random(using: &random) ? nil : lane
        let next = queue.next(at: now, wallNow: midnight + now) { $0 != held }
        #expect(next == model.next(at: now, held: held))
      }
      #expect(queue.count == model.jobs.count)
    }
  }

  @Test func `is not filled up by jobs that are taken out`() {
    var queue = PendingQueue()
    for sequence in 0..<100_000 {
      queue.insert(sequence: Int64(sequence), priority: 0, lane: lane, start: .after(.seconds(9)))
      queue.remove(sequence: Int64(sequence), lane: lane)
    }
    #expect(queue.entryCount <= 1025)
    #expect(queue.delayedCount == 0)
  }

  @Test func `counts the delayed jobs that are in it, and no others`() {
    var queue = PendingQueue()
    for sequence in Int64(1)...3 {
      queue.insert(sequence: sequence, priority: 0, lane: lane, start: .after(.seconds(9)))
      queue.insert(sequence: sequence + 3, priority: 0, lane: lane, start: .at(midnight + .seconds(9)))
    }
    for sequence in Int64(2)...4 { queue.remove(sequence: sequence, lane: lane) }
    #expect((queue.count, queue.delayedCount) == (3, 3))
    queue.insert(sequence: 4, priority: 5, lane: lane, start: .at(midnight + .seconds(9)))
    #expect((queue.count, queue.delayedCount) == (4, 4))
  }
}
