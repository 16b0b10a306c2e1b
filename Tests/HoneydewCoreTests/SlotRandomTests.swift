import HoneydewTestSupport
import Testing

@testable import HoneydewCore

/// What happens to a slot in no order at all, by a daemon that keeps to the rules and a worker that often does not.
private struct Life {
  var random: SeededGenerator
  var slot: Slot
  var attempt: Int32 = 0
  var now = Duration.zero

  mutating func step() -> (Slot.Event, [Slot.Action]) {
    now += .milliseconds(Int.random(in: 0..<3000, using: &random))
    let event = event()
    return (event, slot.handle(event, now: now))
  }

  private mutating func event() -> Slot.Event {
    if slot.isFree, Int.random(in: 0..<3, using: &random) > 0 {
      attempt += 1
      return .assign(
        WorkID(id: "w", attempt: attempt), timeout: attempt % 7 == 0 ? nil : .seconds(10),
        grace: attempt % 7 == 1 ? .seconds(1) : .zero, frame: [1])
    }
    let current = slot.works.randomElement(using: &random) ?? WorkID(id: "nobody's", attempt: 1)
    // What a good worker and the store do, often enough to reach every state.
    let proper: Slot.Event =
      switch slot.state {
      case .starting: .ready
      case .assigned: .committed(current)
      case .finishing(let work, _): .committed(work)
      case .running: .result(current)
      case .stopped: .start
      case .dormant: .wake
      default: .timer
      }
    if Int.random(in: 0..<4, using: &random) > 0 { return proper }
    var events: [Slot.Event] = [
      .timer, .timer, .ready, .reported(current), .result(current), .cancel(current), proper, .misbehaved("x"), .hungUp,
      .storeFailed, .restart("x"), .stop, .start, .start, .hurry, .wake, .startBooked(at: now),
    ]
    if slot.hasProcess { events.append(.exited("x", jitter: 0)) }
    return events.randomElement(using: &random)!
  }
}

@Suite struct `A slot in no order at all` {
  @Test(arguments: [UInt64(7), 8], [false, true])
  func `answers for each assigned work exactly once, and starts none twice`(seed: UInt64, isOnDemand: Bool) {
    var life = Life(random: SeededGenerator(state: seed), slot: Slot(isOnDemand: isOnDemand, now: .zero))
    var open: Set<WorkID> = []
    var sent: Set<WorkID> = []
    var (accepted, lost, neverBegan) = (0, 0, 0)
    for _ in 0..<100_000 {
      let (event, actions) = life.step()
      if case .assign(let work, _, _, _) = event { #expect(open.insert(work).inserted) }
      for action in actions {
        switch action {
        case .send(.run(let work, _)):
          #expect(open.contains(work) && sent.insert(work).inserted)
        case .accept(let work):
          #expect(open.remove(work) != nil && sent.contains(work))
          accepted += 1
        case .lost(let work, .neverBegan):
          #expect(open.remove(work) != nil && !sent.contains(work))
          neverBegan += 1
        case .lost(let work, _):
          #expect(open.remove(work) != nil && sent.contains(work))
          lost += 1
        case .spawn:
          #expect(open.isEmpty)
        default: break
        }
      }
      #expect(open.isSubset(of: life.slot.works))
    }
    #expect(accepted > 1000 && lost > 100 && neverBegan > 100)
  }
}
