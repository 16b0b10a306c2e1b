import Testing

@testable import HoneydewCore

private let work = WorkID(id: "job", attempt: 1)
/// Long after every process has had its share.
private let late = Duration.seconds(50)

/// A process that serves the environment and is free.
private func idle(_ environment: String?, usedAt moment: Duration = .zero) -> Slot {
  var slot = Slot(now: .zero)
  for event in [Slot.Event.timer, .ready] { _ = slot.handle(event, now: .zero) }
  if let environment { slot.serve(environment, now: moment) }
  return slot
}

private func busy(_ environment: String) -> Slot {
  var slot = idle(environment)
  for event in [Slot.Event.assign(work, timeout: .seconds(1), frame: []), .committed(work)] {
    _ = slot.handle(event, now: .zero)
  }
  return slot
}

private func starting() -> Slot {
  var slot = Slot(now: .zero)
  _ = slot.handle(.timer, now: .zero)
  return slot
}

private func place(
  _ environment: String?, _ slots: [Slot], now: Duration = late, busyEnvironments: Set<String> = []
) -> SlotChoice.Answer {
  var choice = SlotChoice(slots, now: now)
  return choice.place(environment, in: slots) { busyEnvironments.contains($0) }
}

@Suite struct `A job's process` {
  @Test func `is one of its environment first, then a fresh one`() {
    #expect(place("a", [idle(nil), idle("b"), idle("a")]) == .use(2))
    #expect(place("a", [idle("b"), idle(nil), busy("a")]) == .use(1))
  }

  @Test func `is anyone where the job needs no environment, but a fresh one last`() {
    #expect(place(nil, [idle(nil), idle("b")]) == .use(1))
    #expect(place(nil, [busy("b"), idle(nil)]) == .use(1))
    #expect(place(nil, [busy("b")]) == .wait(until: nil))
  }

  @Test func `takes the place of the idle one that was used the longest ago`() {
    let slots = [
      idle("b", usedAt: .seconds(3)), busy("c"), idle("d", usedAt: .seconds(1)), idle("e", usedAt: .seconds(2)),
    ]
    #expect(place("a", slots) == .replace(2))
    #expect(place("a", [busy("b"), busy("c")]) == .wait(until: nil))
  }

  @Test func `is waited for when one is on its way, by one environment each, and the others go on`() {
    let slots = [starting(), idle("b"), idle("c"), idle("d")]
    var choice = SlotChoice(slots, now: .zero + .milliseconds(500))
    #expect(choice.place("a", in: slots) { _ in false } == .wait(until: nil))
    #expect(choice.place("e", in: slots) { _ in false } == .wait(until: nil))
    #expect(choice.place("b", in: slots) { _ in false } == .use(1))
    let free = (0..<8).map { idle("x\($0)") }
    var large = SlotChoice(free, now: late)
    #expect(large.place("a", in: free) { _ in false } == .replace(0))
    #expect(large.place("b", in: free) { _ in false } == .replace(0))
    #expect(large.place("c", in: free) { _ in false } == .wait(until: nil))
  }

  @Test func `does not drive away one that has work of its own before its share of time is over`() {
    let slots = [idle("b", usedAt: late), idle("c", usedAt: late - .milliseconds(10))]
    #expect(
      place("a", slots, busyEnvironments: ["b", "c"]) == .wait(until: late - .milliseconds(10) + SlotChoice.share))
    #expect(place("a", slots, busyEnvironments: ["c"]) == .replace(0))
    #expect(place("a", slots, now: late + SlotChoice.share, busyEnvironments: ["b", "c"]) == .replace(1))
  }

  @Test func `is fresh after a replacement`() {
    var slot = idle("a")
    #expect(slot.handle(.restart("wanted"), now: late) == [.send(.exit)])
    _ = slot.handle(.exited("exited with status 0", jitter: 0), now: late)
    _ = slot.handle(.timer, now: late)
    _ = slot.handle(.ready, now: late)
    #expect(slot.environment == nil)
    #expect(place("b", [slot]) == .use(0))
  }
}
