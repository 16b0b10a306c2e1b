import Testing

@testable import HoneydewCore

private let work = WorkID(id: "job", attempt: 1)
private let other = WorkID(id: "job", attempt: 2)
private let next = WorkID(id: "next", attempt: 1)

/// A slot brought into each of its states, at time zero.
private func slot(_ name: String) -> Slot {
  var slot = Slot(now: .zero)
  for event in slotPaths[name]! { _ = slot.handle(event, now: .zero) }
  return slot
}

/// How each state is reached; `finishing, next` has the next work behind the result.
let slotPaths: [String: [Slot.Event]] = {
  let idle: [Slot.Event] = [.timer, .ready]
  let assigned = idle + [.assign(work, timeout: .seconds(30), frame: [1])]
  let running = assigned + [.committed(work)]
  let finishing = running + [.result(work)]
  return [
    "backoff": [], "starting": [.timer], "idle": idle, "assigned": assigned, "running": running,
    "cancelling": running + [.cancel(work)], "finishing": finishing,
    "finishing, next": finishing + [.assign(next, timeout: .seconds(30), frame: [2])],
    "stopping": idle + [.misbehaved("test")], "stopped": [.stop],
  ]
}()

private let states = slotPaths.keys.sorted()

@Suite struct `A slot` {
  @Test(arguments: states)
  func `can be brought into each state`(name: String) {
    #expect("\(slot(name).state)".hasPrefix(name.split(separator: ",")[0]))
  }

  @Test func `carries one job after the other, from start to end`() {
    var slot = Slot(now: .zero)
    let steps: [(Slot.Event, [Slot.Action])] = [
      (.timer, [.spawn]), (.ready, []), (.assign(work, timeout: .seconds(30), frame: [1]), []),
      (.committed(work), [.send(.run(work, frame: [1]))]), (.reported(work), []), (.result(work), [.accept(work)]),
      (.committed(work), [.send(.ack(work))]), (.assign(next, timeout: .seconds(30), frame: [2]), []),
      (.committed(next), [.send(.run(next, frame: [2]))]),
    ]
    for (event, actions) in steps {
      #expect(slot.handle(event, now: .zero) == actions)
    }
    #expect(slot.work == next)
  }

  @Test func `whose process declines its job is replaced, and the job never began`() {
    let late = Slot.declineAge
    var declining = slot("running")
    #expect(declining.handle(.declined(work, "a file was replaced"), now: late) == [])
    // Not before nothing of the process is left.
    #expect(declining.mayRun(work.id))
    #expect(declining.handle(.exited("exited with status 0", jitter: 0), now: late) == [.lost(work, .neverBegan)])
    #expect(declining.state == .backoff(until: late) && declining.restarts == 0)
    #expect(declining.lastCause == "replaced: a file was replaced")
    var cancelled = slot("cancelling")
    #expect(cancelled.handle(.declined(work, "a file was replaced"), now: late) == [])
    #expect(cancelled.handle(.exited("", jitter: 0), now: late) == [.lost(work, .interrupted)])
  }

  @Test func `whose new process declines its job waits before the next one, and the job never began`() {
    var slot = slot("running")
    let soon = Slot.declineAge - .milliseconds(1)
    #expect(slot.handle(.declined(work, "a file was replaced"), now: soon) == [])
    let actions = slot.handle(.exited("exited with status 0", jitter: 0), now: soon)
    #expect(actions == [.lost(work, .neverBegan), .bookStart])
    #expect(slot.restarts == 1 && slot.lastCause == "declined a job: a file was replaced")
  }

  @Test func `whose process declines a job that is not its own is expelled`() {
    var running = slot("running")
    #expect(running.handle(.declined(next, "never"), now: Slot.declineAge) == [.kill])
    let actions = running.handle(.exited("", jitter: 0), now: Slot.declineAge)
    guard case .lost(work, .misbehaved)? = actions.first else {
      Issue.record("the job pays for it")
      return
    }
    var idle = slot("idle")
    #expect(idle.handle(.declined(work, "never"), now: Slot.declineAge) == [.kill])
  }

  @Test func `takes its next job in the turn in which the last one's result is decided`() {
    var slot = slot("finishing")
    #expect(slot.isFree)
    #expect(slot.handle(.assign(next, timeout: .seconds(30), frame: [2]), now: .zero) == [])
    #expect(!slot.isFree && slot.works == [work, next])
    #expect(!slot.mayRun(work.id) && slot.mayRun(next.id))
    #expect(slot.handle(.committed(work), now: .zero) == [.send(.ack(work))])
    // What must be synced first leaves later.
    #expect(slot.works == [next])
    #expect(slot.handle(.committed(next), now: .seconds(9)) == [.send(.run(next, frame: [2]))])
    #expect(slot.deadline == .seconds(24))
  }

  @Test func `knows what its process took to come up`() {
    var slot = slot("starting")
    _ = slot.handle(.ready, now: .milliseconds(40))
    #expect(slot.startTime == .milliseconds(40))
  }

  @Test(arguments: states)
  func `is free when it waits for a job, or will at the commit`(name: String) {
    #expect(slot(name).isFree == ["idle", "finishing"].contains(name))
  }

  /// Frames that a worker may send in each state; in every other state of a live process they cost it its life.
  @Test(arguments: states, [Slot.Event.ready, .reported(work), .reported(other), .result(work), .result(other)])
  func `kills a worker for a frame out of place`(name: String, frame: Slot.Event) {
    let allowed: [String: [Slot.Event]] = [
      "starting": [.ready], "running": [.reported(work), .result(work)],
      "cancelling": [.reported(work), .result(work)],
    ]
    var slot = slot(name)
    let hadProcess = slot.hasProcess && name != "stopping"
    let actions = slot.handle(frame, now: .seconds(1))
    if !hadProcess {
      #expect(actions.isEmpty)
    } else if allowed[name, default: []].contains(frame) {
      #expect(!actions.contains(.kill))
    } else {
      #expect(actions.last == .kill)
      #expect("\(slot.state)".hasPrefix("stopping"))
    }
  }

  @Test(arguments: states)
  func `reports the loss of unfinished work exactly once, when the process is reaped`(name: String) {
    var slot = slot(name)
    guard slot.hasProcess else { return }
    let actions = slot.handle(.exited("killed by SIGKILL", jitter: 0), now: .seconds(1))
    let losses: [String: [Slot.Action]] = [
      "assigned": [.lost(work, .neverBegan)], "running": [.lost(work, .crashed("killed by SIGKILL"))],
      "cancelling": [.lost(work, .interrupted)], "finishing, next": [.lost(next, .neverBegan)],
    ]
    #expect(actions == losses[name, default: []] + [.bookStart])
    #expect(slot.state == .backoff(until: .seconds(1)))
    #expect(slot.restarts == 1)
  }

  @Test(arguments: ["assigned", "finishing, next"])
  func `gives back at once what has not left for a process that is on its way out`(name: String) {
    var slot = slot(name)
    let assigned = name == "assigned" ? work : next
    #expect(slot.handle(.hungUp, now: .zero) == [.lost(assigned, .neverBegan), .kill])
    // Its commit comes too late.
    #expect(slot.handle(.committed(assigned), now: .zero) == [])
    #expect(slot.handle(.exited("killed by SIGKILL", jitter: 0), now: .zero) == [.bookStart])
  }

  @Test func `asks, terminates and kills a worker that overruns its deadline`() {
    var slot = slot("running")
    var log: [(Duration, [Slot.Action])] = []
    var now = Duration.zero
    while now < .seconds(40), let deadline = slot.deadline {
      now = deadline
      if now < .seconds(30) { _ = slot.handle(.reported(work), now: now - .seconds(1)) }
      let actions = slot.handle(.timer, now: now)
      if !actions.isEmpty { log.append((now, actions)) }
    }
    #expect(log.map(\.0).prefix(4) == [.seconds(31), .seconds(33), .seconds(35), .seconds(36)])
    #expect(log.map(\.1).prefix(4) == [[.send(.cancel(work))], [.terminate], [.kill], [.kill]])
    #expect(slot.handle(.exited("killed by SIGKILL", jitter: 0), now: now) == [.lost(work, .timedOut), .bookStart])
  }

  @Test func `takes a silent worker for dead after 15 seconds`() {
    var slot = slot("running")
    _ = slot.handle(.reported(work), now: .seconds(5))
    #expect(slot.deadline == .seconds(20))
    #expect(slot.handle(.timer, now: .seconds(19)) == [])
    #expect(slot.handle(.timer, now: .seconds(20)) == [.terminate])
    #expect(slot.deadline == .seconds(22))
    #expect(slot.handle(.timer, now: .seconds(22)) == [.kill])
    let loss = Slot.Loss.crashed("sent no heartbeat for 15s; killed by SIGKILL")
    #expect(
      slot.handle(.exited("killed by SIGKILL", jitter: 0), now: .seconds(22)) == [.lost(work, loss), .bookStart])
  }

  @Test func `stops cancelled work and hides its loss`() {
    var slot = slot("running")
    #expect(slot.handle(.cancel(work), now: .zero) == [.send(.cancel(work))])
    #expect(slot.handle(.cancel(other), now: .zero) == [])
    #expect(slot.handle(.timer, now: .seconds(2)) == [.terminate])
    #expect(slot.handle(.timer, now: .seconds(4)) == [.kill])
    #expect(slot.handle(.exited("x", jitter: 0), now: .seconds(4)) == [.lost(work, .interrupted), .bookStart])
  }

  @Test func `that is cancelled while it overruns its deadline does not put off its end`() {
    var slot = slot("running")
    _ = slot.handle(.reported(work), now: .seconds(30))
    #expect(slot.handle(.timer, now: .seconds(31)) == [.send(.cancel(work))])
    #expect(slot.handle(.cancel(work), now: .seconds(32)) == [])
    #expect(slot.deadline == .seconds(33))
  }

  @Test func `that gets the answer to a cancellation keeps its process`() {
    var slot = slot("cancelling")
    #expect(slot.handle(.result(work), now: .seconds(1)) == [.accept(work)])
    #expect(slot.deadline == nil)
    #expect(slot.handle(.committed(work), now: .seconds(1)) == [.send(.ack(work))])
    #expect(slot.state == .idle)
  }

  @Test(arguments: ["assigned", "finishing, next"])
  func `gives cancelled work back that has not left`(name: String) {
    var slot = slot(name)
    let assigned = name == "assigned" ? work : next
    #expect(slot.handle(.cancel(assigned), now: .zero) == [.lost(assigned, .neverBegan)])
    #expect(slot.isFree && slot.handle(.committed(assigned), now: .zero) == [])
  }

  @Test(arguments: states)
  func `stops without losing its work`(name: String) {
    var slot = slot(name)
    _ = slot.handle(.stop, now: .zero)
    let finish: [String: [Slot.Event]] = [
      "assigned": [.committed(work), .result(work), .committed(work)], "running": [.result(work), .committed(work)],
      "cancelling": [.result(work), .committed(work)], "finishing": [.committed(work)],
      "finishing, next": [.committed(work), .committed(next), .result(next), .committed(next)],
    ]
    var actions = finish[name, default: []].flatMap { slot.handle($0, now: .zero) }
    if slot.hasProcess { actions += slot.handle(.exited("exited with status 0", jitter: 0), now: .zero) }
    #expect(slot.state == .stopped)
    #expect(!actions.contains { if case .lost = $0 { true } else { false } })
  }

  @Test(arguments: states)
  func `stops in a hurry and gives its work back`(name: String) {
    var slot = slot(name)
    _ = slot.handle(.stop, now: .zero)
    var actions = slot.handle(.hurry, now: .zero)
    guard slot.hasProcess else { return }
    actions += slot.handle(.exited("x", jitter: 0), now: .zero)
    let losses: [String: [Slot.Action]] = [
      "assigned": [.lost(work, .neverBegan)], "running": [.lost(work, .interrupted)],
      "cancelling": [.lost(work, .interrupted)], "finishing, next": [.lost(next, .neverBegan)],
    ]
    #expect(actions.filter { if case .lost = $0 { true } else { false } } == losses[name, default: []])
    #expect(slot.state == .stopped)
  }
}

@Suite struct `A slot whose store is down` {
  @Test func `is free again, and its assignment never began`() {
    var slot = slot("assigned")
    #expect(slot.handle(.storeFailed, now: .zero) == [.lost(work, .neverBegan)])
    #expect(slot.state == .idle)
  }

  @Test(arguments: ["finishing", "finishing, next"])
  func `keeps a result until it is decided again`(name: String) {
    var slot = slot(name)
    let lost = slot.handle(.storeFailed, now: .zero)
    #expect(lost == (name == "finishing" ? [] : [.lost(next, .neverBegan)]))
    #expect(slot.works == [work])
    #expect(slot.handle(.committed(work), now: .zero) == [.send(.ack(work))])
    #expect(slot.state == .idle)
  }

  @Test(arguments: ["backoff", "starting", "idle", "running", "cancelling", "stopping", "stopped"])
  func `goes on with what does not need it`(name: String) {
    let before = slot(name)
    var slot = before
    #expect(slot.handle(.storeFailed, now: .zero) == [])
    #expect(slot == before)
  }
}
