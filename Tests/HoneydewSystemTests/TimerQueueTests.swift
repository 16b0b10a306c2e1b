import HoneydewTestSupport
import Testing

@testable import HoneydewSystem

struct TimerQueueTests {
  @Test func `timers come out by deadline, then in the order of scheduling`() {
    var queue = TimerQueue(.monotonic)
    var fired: [String] = []
    for (name, deadline) in [("c", 3), ("a", 1), ("d", 3), ("b", 2), ("later", 9)] {
      _ = queue.schedule(at: .seconds(deadline)) { fired.append(name) }
    }
    while let handler = queue.takeDue(at: .seconds(3), upTo: queue.lastGeneration) { handler() }
    #expect(fired == ["a", "b", "c", "d"])
    #expect(queue.earliest == .seconds(9))
  }

  @Test func `a cancelled timer leaves the heap at once`() {
    var queue = TimerQueue(.monotonic)
    let first = queue.schedule(at: .seconds(1)) {}
    _ = queue.schedule(at: .seconds(5)) {}
    queue.take(first)
    #expect(queue.count == 1)
    #expect(queue.earliest == .seconds(5))
  }

  @Test func `what is scheduled meanwhile is not taken with what was due before`() {
    var queue = TimerQueue(.monotonic)
    _ = queue.schedule(at: .seconds(1)) {}
    let last = queue.lastGeneration
    _ = queue.schedule(at: .seconds(1)) {}
    #expect(queue.takeDue(at: .seconds(1), upTo: last) != nil)
    #expect(queue.takeDue(at: .seconds(1), upTo: last) == nil)
    #expect(queue.takeDue(at: .seconds(1), upTo: queue.lastGeneration) != nil)
  }

  @Test func `an old token does not reach the timer that took its slot`() {
    var queue = TimerQueue(.monotonic)
    let old = queue.schedule(at: .seconds(1)) {}
    queue.take(old)
    _ = queue.schedule(at: .seconds(2)) {}
    #expect(queue.take(old) == nil)
    #expect(queue.count == 1)
  }

  @Test(arguments: [1 as UInt64, 2, 3])
  func `two thousand random operations agree with a sorted list`(seed: UInt64) {
    var random = SeededGenerator(state: seed)
    var queue = TimerQueue(.monotonic)
    var fired: Int?
    var model: [(deadline: Int, order: Int, token: TimerToken)] = []
    for order in 0..<2000 {
      if model.isEmpty || Int.random(in: 0..<3, using: &random) > 0 {
        let deadline = Int.random(in: 0..<1000, using: &random)
        model.append((deadline, order, queue.schedule(at: .seconds(deadline)) { fired = order }))
      } else if Bool.random(using: &random) {
        let index = Int.random(in: 0..<model.count, using: &random)
        #expect(queue.take(model.remove(at: index).token) != nil)
      } else {
        let now = Int.random(in: 0..<50, using: &random)
        let due = model.filter { $0.deadline <= now }.sorted { ($0.deadline, $0.order) < ($1.deadline, $1.order) }
        var taken: [Int] = []
        while let handler = queue.takeDue(at: .seconds(now), upTo: queue.lastGeneration) {
          fired = nil
          handler()
          taken.append(fired ?? -1)
        }
        #expect(taken == due.map(\.order))
        model.removeAll { $0.deadline <= now }
      }
      guard queue.count == model.count, queue.earliest == model.map(\.deadline).min().map({ .seconds($0) }) else {
        Issue.record("the queue and the list differ after \(order) operations")
        return
      }
    }
  }
}
