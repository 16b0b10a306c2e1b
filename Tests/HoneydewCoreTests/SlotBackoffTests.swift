import Testing

@testable import HoneydewCore

private let work = WorkID(id: "job", attempt: 1)

@Suite struct `A slot whose process is lost` {
  @Test func `backs off before the next process, and forgets after a quiet minute`() {
    var slot = Slot(now: .zero)
    var now = Duration.zero
    var delays: [Duration] = []
    for life in [Duration.zero, .zero, .zero, .seconds(60), .zero] {
      #expect(slot.handle(.timer, now: now) == [.spawn])
      now += life
      #expect(slot.handle(.exited("x", jitter: 0), now: now) == [.bookStart])
      delays.append(slot.deadline! - now)
      now = slot.deadline!
    }
    #expect(delays == [.zero, .milliseconds(100), .milliseconds(200), .zero, .milliseconds(100)])
  }

  @Test func `backs off when a process cannot be started`() {
    var slot = Slot(now: .zero)
    for _ in 0..<2 {
      #expect(slot.handle(.timer, now: .zero) == [.spawn])
      #expect(slot.handle(.spawnFailed(jitter: 0), now: .zero) == [.bookStart])
    }
    #expect(slot.state == .backoff(until: .milliseconds(100)))
  }

  /// Its job pays for it, and the slot is there for the others.
  @Test(
    arguments: [
      [.exited("killed by SIGKILL", jitter: 0)], [.hungUp, .exited("killed by SIGKILL", jitter: 0)],
      [.misbehaved("sent garbage"), .exited("killed by SIGKILL", jitter: 0)],
      [.cancel(work), .exited("killed by SIGKILL", jitter: 0)],
    ] as [[Slot.Event]])
  func `over a job starts the next one at once, however often`(end: [Slot.Event]) {
    var slot = Slot(now: .zero)
    for attempt in 1...50 {
      let start: [Slot.Event] = [.ready, .assign(work, timeout: .seconds(30), frame: [1]), .committed(work)]
      #expect(slot.handle(.timer, now: .zero) == [.spawn])
      for event in start + end { _ = slot.handle(event, now: .zero) }
      #expect(slot.state == .backoff(until: .zero) && slot.restarts == attempt)
    }
  }

  @Test(arguments: ["assigned", "finishing", "finishing, next", "idle"])
  func `without a job that had begun backs off`(name: String) {
    var slot = Slot(now: .zero)
    for _ in 0..<3 {
      for event in [.timer] + slotPaths[name]!.dropFirst() { _ = slot.handle(event, now: slot.deadline ?? .zero) }
      _ = slot.handle(.exited("killed by SIGKILL", jitter: 0), now: slot.startedAt)
    }
    #expect(slot.state == .backoff(until: slot.startedAt + .milliseconds(200)))
  }

  @Test func `waits for its turn among the pool's starts, or longer if it backs off`() {
    var slot = Slot(now: .zero)
    for event in [.timer, .exited("x", jitter: 0)] as [Slot.Event] { _ = slot.handle(event, now: .zero) }
    #expect(slot.handle(.startBooked(at: .seconds(2)), now: .zero) == [])
    #expect(slot.handle(.timer, now: .seconds(1)) == [])
    #expect(slot.handle(.startBooked(at: .seconds(1)), now: .seconds(1)) == [])
    #expect(slot.handle(.timer, now: .seconds(2)) == [.spawn])
    // It is no concern of one that was stopped or started meanwhile.
    for path in ["starting", "stopped"] {
      var slot = Slot(now: .zero)
      for event in slotPaths[path]! { _ = slot.handle(event, now: .zero) }
      let before = slot
      #expect(slot.handle(.startBooked(at: .seconds(9)), now: .zero) == [])
      #expect(slot == before)
    }
  }

  @Test func `on request books no start`() {
    var slot = Slot(now: .zero)
    for event in [.timer, .ready, .restart("x")] as [Slot.Event] { _ = slot.handle(event, now: .zero) }
    #expect(slot.handle(.exited("exited with status 0", jitter: 0), now: .zero) == [])
    #expect(slot.state == .backoff(until: .zero))
  }
}
