import Testing

@testable import HoneydewCore

private let work = WorkID(id: "job", attempt: 1)

private func idleSlots(_ count: Int) -> [Slot] {
  (0..<count).map { _ in
    var slot = Slot(now: .zero)
    for event in [Slot.Event.timer, .ready] { _ = slot.handle(event, now: .zero) }
    return slot
  }
}

private func apply(_ events: [Slot.Event], to slot: inout Slot) {
  for event in events { _ = slot.handle(event, now: .zero) }
}

private let replacement: [Slot.Event] = [
  .restart("x"), .exited("exited with status 0", jitter: 0), .timer, .ready,
]

@Suite struct `A rolling restart` {
  @Test func `takes one after the other`() {
    var slots = idleSlots(3)
    var rolling = RollingRestart([1, 2, 3])
    for number in 1...3 {
      #expect(rolling.advance(slots) == .restart(number))
      #expect(rolling.advance(slots) == .wait)
      apply(replacement, to: &slots[number - 1])
    }
    #expect(rolling.advance(slots) == .done)
    #expect(rolling.finished == [1, 2, 3])
  }

  @Test func `takes the free ones first`() {
    var slots = idleSlots(2)
    apply([.assign(work, timeout: .seconds(1), frame: [1]), .committed(work)], to: &slots[0])
    var rolling = RollingRestart([1, 2])
    #expect(rolling.advance(slots) == .restart(2))
    apply(replacement, to: &slots[1])
    #expect(rolling.advance(slots) == .restart(1))
  }

  @Test(arguments: [[Slot.Event.spawnFailed(jitter: 0)], [.exited("exited with status 1", jitter: 0)]])
  func `ends with the first that does not come back`(failure: [Slot.Event]) {
    var slots = idleSlots(2)
    var rolling = RollingRestart([1, 2])
    #expect(rolling.advance(slots) == .restart(1))
    apply([.restart("x"), .exited("exited with status 0", jitter: 0), .timer], to: &slots[0])
    #expect(rolling.advance(slots) == .wait)
    apply(failure, to: &slots[0])
    #expect(rolling.advance(slots) == .failed(1))
  }

  @Test func `passes over the stopped ones, before their turn and in it`() {
    var slots = idleSlots(3)
    var rolling = RollingRestart([1, 2, 3])
    apply([.stop], to: &slots[1])
    #expect(rolling.advance(slots) == .restart(1))
    apply([.restart("x"), .stop], to: &slots[0])
    #expect(rolling.advance(slots) == .restart(3))
    apply(replacement, to: &slots[2])
    #expect(rolling.advance(slots) == .done)
    #expect(rolling.finished == [3])
  }

  @Test func `is not misled by a process that crashes at its last job`() {
    var slots = idleSlots(1)
    apply([.assign(work, timeout: .seconds(1), frame: [1]), .committed(work)], to: &slots[0])
    var rolling = RollingRestart([1])
    #expect(rolling.advance(slots) == .restart(1))
    apply([.restart("x"), .exited("killed by SIGSEGV", jitter: 0)], to: &slots[0])
    #expect(rolling.advance(slots) == .wait)
    apply([.timer, .ready], to: &slots[0])
    #expect(rolling.advance(slots) == .done)
  }
}
