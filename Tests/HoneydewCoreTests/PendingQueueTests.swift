import Testing

@testable import HoneydewCore

/// A small generator with a seed, so that a failure can be repeated (SplitMix64).
struct SeededGenerator: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }
}

@Suite struct `The pending queue` {
  @Test func `gives the highest priority first, then the oldest`() {
    var queue = PendingQueue()
    for (sequence, priority) in [(1, 0), (2, 5), (3, 0), (4, 5), (5, -1)] {
      queue.insert(sequence: Int64(sequence), priority: Int32(priority))
    }
    #expect((0..<6).map { _ in queue.next(at: .zero) } == [2, 4, 1, 3, 5, nil])
  }

  @Test func `holds delayed jobs back until their time, and then by their priority`() {
    var queue = PendingQueue()
    queue.insert(sequence: 1, priority: 9, notBefore: .seconds(5))
    queue.insert(sequence: 2, priority: 0)
    #expect(queue.nextDelayed == .seconds(5))
    #expect(queue.next(at: .seconds(4)) == 2)
    #expect(queue.next(at: .seconds(4)) == nil)
    #expect(queue.next(at: .seconds(5)) == 1)
    #expect(queue.count == 0)
  }

  @Test(arguments: [UInt64(1), 2, 3])
  func `agrees with a sorted list over many random steps`(seed: UInt64) {
    var random = SeededGenerator(state: seed)
    var queue = PendingQueue()
    var model: [(sequence: Int64, priority: Int32, notBefore: Duration)] = []
    for step in 0..<20_000 {
      let now = Duration.milliseconds(step)
      switch Int.random(in: 0..<10, using: &random) {
      case 0..<3:
        let priority = Int32.random(in: -2...2, using: &random)
        queue.insert(sequence: Int64(step), priority: priority)
        model.append((Int64(step), priority, .zero))
      case 3..<5:
        let notBefore = now + .milliseconds(Int.random(in: 0..<500, using: &random))
        queue.insert(sequence: Int64(step), priority: 1, notBefore: notBefore)
        model.append((Int64(step), 1, notBefore))
      case 5 where !model.isEmpty:
        let index = Int.random(in: 0..<model.count, using: &random)
        queue.remove(sequence: model.remove(at: index).sequence)
      default:
        let expected = model.indices.filter { model[$0].notBefore <= now }
          .min { (-model[$0].priority, model[$0].sequence) < (-model[$1].priority, model[$1].sequence) }
        #expect(queue.next(at: now) == expected.map { model[$0].sequence })
        if let expected { model.remove(at: expected) }
      }
      #expect(queue.count == model.count)
    }
  }
}
