import HoneydewTestSupport
import Testing

@testable import HoneydewCore

@Suite struct LogGateTests {
  var gate = LogGate(frames: 0)

  private mutating func answer(_ answer: LogCopyAnswer, at now: Duration = .zero) -> LogGate.Action {
    gate.answered(answer, now: now, jitter: 0)
  }

  private mutating func step(at now: Duration = .zero) -> LogGate.Action { gate.step(now: now) }

  /// Goes through a copy of a log of so many frames.
  private mutating func copyAll(_ frames: Int, at now: Duration = .zero) -> LogGate.Action {
    gate.committed(frames: frames)
    guard step(at: now) == .copy else { return .nothing }
    return answer(.copied(frames, of: frames), at: now)
  }

  @Test mutating func `A short log is left alone`() {
    gate.committed(frames: 999)
    let action = step()
    #expect(action == .nothing && gate.deadline == nil && gate.isOpen)
  }

  @Test mutating func `A long log is copied beside the commits, and the gate closes when little is left`() {
    gate.committed(frames: 1000)
    #expect(gate.deadline == .zero)
    let first = step()
    #expect(first == .copy && gate.isOpen)
    gate.committed(frames: 1500)
    let second = answer(.copied(1000, of: 1000))
    #expect(second == .copy && gate.isOpen)
    gate.committed(frames: 1600)
    let third = answer(.copied(1500, of: 1500))
    #expect(third == .restart(truncating: false) && !gate.isOpen)
    let last = answer(.restarted(frames: 1))
    #expect(last == .nothing && gate.isOpen && gate.frames == 1 && gate.deadline == nil)
  }

  @Test mutating func `On a full disk a shorter log is copied, and one that shall make room is cut`() {
    gate.isShortOfRoom = true
    let first = copyAll(128)
    #expect(first == .restart(truncating: false))
    _ = answer(.restarted(frames: 1))
    #expect(gate.isShortOfRoom && gate.deadline == nil)
    gate.committed(frames: 3)
    gate.makeRoom()
    #expect(gate.deadline == .zero)
    let second = copyAll(3)
    #expect(second == .restart(truncating: true))
    _ = answer(.restarted(frames: 1))
    #expect(gate.deadline == nil)
  }

  @Test mutating func `A file over 16 MiB is cut`() {
    let action = copyAll(4001)
    #expect(action == .restart(truncating: true))
  }

  @Test mutating func `A writer that is as fast as the copies meets the gate all the same`() {
    gate.committed(frames: 1000)
    _ = step()
    gate.committed(frames: 2000)
    let action = answer(.copied(1000, of: 1000))
    #expect(action == .restart(truncating: false))
  }

  @Test mutating func `Another program's reader is found without closing the gate, and tried less and less often`() {
    gate.committed(frames: 1000)
    _ = step()
    let progress = answer(.copied(300, of: 1000))
    #expect(progress == .copy && gate.isOpen, "it may have been a large commit")
    _ = answer(.copied(300, of: 1000))
    var (now, waits) = (Duration.zero, [Duration]())
    for _ in 1...8 {
      while gate.deadline != now, let deadline = gate.deadline { now = deadline }
      let action = step(at: now)
      guard action == .copy else { break }
      let none = answer(.copied(300, of: 2000), at: now)
      #expect(none == .nothing && gate.isOpen && gate.isHeld)
      #expect(gate.longHold(at: now) == (now < .seconds(10) ? nil : now))
      waits.append((gate.deadline ?? .zero) - now)
    }
    #expect(waits.count >= 6 && waits.last == .seconds(60) && zip(waits, waits.dropFirst()).allSatisfy { $0 <= $1 })
  }

  @Test mutating func `A reader that shows only at the log's restart closes the gate once a minute at most`() {
    var (now, closings) = (Duration.zero, 0)
    gate.committed(frames: 1000)
    while now < .seconds(600) {
      if step(at: now) == .copy, answer(.copied(gate.frames, of: gate.frames), at: now) != .nothing {
        closings += 1
        _ = answer(.held, at: now)
      }
      #expect(gate.isOpen)
      gate.committed(frames: gate.frames + 10)
      now += .seconds(1)
    }
    #expect(closings <= 6 + 10)
    #expect(gate.isHeld && gate.longHold(at: .seconds(600)) ?? .zero > .seconds(500))
    _ = copyAll(gate.frames, at: now + .seconds(60))
    _ = answer(.restarted(frames: 2), at: now)
    #expect(!gate.isHeld && gate.longHold(at: .seconds(700)) == nil)
  }

  @Test(arguments: [LogCopyAnswer.failed("no room"), .syncFailed("EIO"), .damaged("a page")])
  mutating func `What fails opens the gate and is tried later`(failure: LogCopyAnswer) {
    _ = copyAll(1000)
    #expect(!gate.isOpen)
    let action = answer(failure, at: .seconds(1))
    #expect(action == .nothing && gate.isOpen && gate.deadline == .seconds(2))
  }

  @Test mutating func `A helper that dies opens the gate`() {
    _ = copyAll(1000)
    gate.helperEnded(now: .seconds(1), jitter: 0)
    #expect(gate.isOpen && gate.deadline == .seconds(2))
    let action = step(at: .seconds(2))
    #expect(action == .copy)
  }

  @Test mutating func `A helper that does not answer is killed, and its end opens the gate`() {
    _ = copyAll(1000)
    let early = step(at: .seconds(9))
    #expect(early == .nothing)
    let late = step(at: .seconds(10))
    #expect(late == .killHelper && !gate.isOpen, "it may hold the locks yet")
    _ = answer(.restarted(frames: 1), at: .seconds(10))
    #expect(!gate.isOpen, "an answer that comes too late")
    gate.helperEnded(now: .seconds(11), jitter: 0)
    #expect(gate.isOpen)
  }

  @Test mutating func `A killed helper that hangs in the kernel does not keep the gate closed for ever`() {
    _ = copyAll(1000)
    _ = step(at: .seconds(10))
    #expect(gate.deadline == .seconds(40))
    _ = step(at: .seconds(40))
    #expect(gate.isOpen && gate.deadline == nil)
    let action = step(at: .seconds(400))
    #expect(action == .nothing, "there is no second helper beside it")
  }

  @Test mutating func `A copy that takes too long is given up while commits go on`() {
    gate.committed(frames: 1000)
    _ = step()
    let action = step(at: .seconds(60))
    #expect(action == .killHelper && gate.isOpen)
  }

  /// Against a log, a helper and a foreign reader that do whatever they like.
  @Test(arguments: 1...50 as ClosedRange<UInt64>)
  func `The gate is never closed without an end in sight, and the log never grows without one`(seed: UInt64) {
    var random = SeededGenerator(state: seed)
    var gate = LogGate(frames: 0)
    var (frames, copied, now) = (0, 0, Duration.zero)
    var (asked, askedAt, killed) = (LogGate.Action.nothing, Duration.zero, false)
    func carryOut(_ action: LogGate.Action) {
      switch action {
      case .nothing: break
      case .killHelper:
        #expect(asked != .nothing)
        killed = true
      case .copy, .restart:
        #expect(asked == .nothing, "one request at a time")
        (asked, askedAt) = (action, now)
        #expect(gate.isOpen == (action == .copy))
      }
    }
    func reply(_ random: inout SeededGenerator, _ reads: Bool) {
      let jitter = Double.random(in: 0..<1, using: &random)
      let request = asked
      asked = .nothing
      if killed || Int.random(in: 0..<20, using: &random) == 0 {
        killed = false
        return gate.helperEnded(now: now, jitter: jitter)
      }
      if Int.random(in: 0..<20, using: &random) == 0 {
        return carryOut(gate.answered(.failed("no room"), now: now, jitter: jitter))
      }
      switch request {
      case .copy:
        if !reads { copied = frames }
        carryOut(gate.answered(.copied(copied, of: frames), now: now, jitter: jitter))
      default:
        guard !reads else { return carryOut(gate.answered(.held, now: now, jitter: jitter)) }
        (frames, copied) = (1, 0)
        carryOut(gate.answered(.restarted(frames: 1), now: now, jitter: jitter))
      }
    }
    for round in 1...3000 {
      let reads = round < 1000 && round % 200 < 150
      now += .milliseconds(Int.random(in: 1...200, using: &random))
      carryOut(gate.step(now: now))
      let isSlow = Int.random(in: 0..<100, using: &random) == 0
      if asked != .nothing, !isSlow, Bool.random(using: &random) { reply(&random, reads) }
      if gate.isOpen {
        frames += Int.random(in: 0...60, using: &random)
        gate.committed(frames: frames)
      } else {
        #expect(asked != .nothing && now - askedAt <= .seconds(41))
      }
      if let deadline = gate.deadline { #expect(deadline <= now + .seconds(67)) }
      #expect(frames < LogGate.copyFrames || asked != .nothing || gate.deadline != nil, "somebody will see to it")
    }
    #expect(frames < 200 * 60 * 40)
  }
}
