import Testing

@testable import HoneydewCore

private let work = WorkID(id: "job", attempt: 1)
private let other = WorkID(id: "job", attempt: 2)

/// A slot brought into each of its states, at time zero.
private func slot(_ name: String) -> Slot {
  var slot = Slot(now: .zero)
  let path: [Slot.Event]
  switch name {
  case "backoff": path = []
  case "starting": path = [.timer]
  case "idle": path = [.timer, .ready]
  case "assigned": path = [.timer, .ready, .assign(work, timeout: .seconds(30))]
  case "running": path = [.timer, .ready, .assign(work, timeout: .seconds(30)), .assignmentCommitted(work)]
  case "finishing":
    path = [.timer, .ready, .assign(work, timeout: .seconds(30)), .assignmentCommitted(work), .result(work)]
  case "acknowledged":
    path = [
      .timer, .ready, .assign(work, timeout: .seconds(30)), .assignmentCommitted(work), .result(work),
      .resultCommitted(work),
    ]
  case "stopping": path = [.timer, .ready, .misbehaved("test")]
  case "stopped": path = [.stop]
  default: preconditionFailure(name)
  }
  for event in path { _ = slot.handle(event, now: .zero) }
  return slot
}

private let states = [
  "backoff", "starting", "idle", "assigned", "running", "finishing", "acknowledged", "stopping", "stopped",
]

@Suite struct `A slot` {
  @Test(arguments: states)
  func `can be brought into each state`(name: String) {
    #expect("\(slot(name).state)".hasPrefix(name))
  }

  @Test func `carries a job from start to acknowledgement`() {
    var slot = Slot(now: .zero)
    let steps: [(Slot.Event, [Slot.Action])] = [
      (.timer, [.spawn]), (.ready, []), (.assign(work, timeout: .seconds(30)), []),
      (.assignmentCommitted(work), [.sendRun]), (.heard(work), []), (.result(work), [.accept(work)]),
      (.resultCommitted(work), [.sendAck(work)]), (.ready, []),
    ]
    for (event, actions) in steps {
      #expect(slot.handle(event, now: .zero) == actions)
    }
    #expect(slot.state == .idle)
  }

  /// Frames that a worker may send in each state; in every other state of a live process they cost it its life.
  @Test(arguments: states, [Slot.Event.ready, .heard(work), .heard(other), .result(work), .result(other)])
  func `kills a worker for a frame out of place`(name: String, frame: Slot.Event) {
    let allowed: [String: [Slot.Event]] = [
      "starting": [.ready], "acknowledged": [.ready], "running": [.heard(work), .result(work)],
    ]
    var slot = slot(name)
    let hadProcess = slot.hasProcess && name != "stopping"
    let actions = slot.handle(frame, now: .seconds(1))
    if !hadProcess {
      #expect(actions.isEmpty)
    } else if allowed[name, default: []].contains(frame) {
      #expect(slot.state != .stopping)
    } else {
      #expect(actions == [.kill] && slot.state == .stopping)
    }
  }

  @Test(arguments: states)
  func `reports the loss of unfinished work exactly once, when the process is reaped`(name: String) {
    var slot = slot(name)
    guard slot.hasProcess else { return }
    let actions = slot.handle(.exited("killed by SIGKILL", jitter: 0), now: .seconds(1))
    switch name {
    case "assigned": #expect(actions == [.lost(work, .interrupted)])
    case "running": #expect(actions == [.lost(work, .crashed("killed by SIGKILL"))])
    default: #expect(actions == [])
    }
    #expect(slot.state == .backoff(until: .seconds(1)))
    #expect(slot.restarts == 1)
  }

  @Test func `asks, terminates and kills a worker that overruns its deadline`() {
    var slot = slot("running")
    var log: [(Duration, [Slot.Action])] = []
    var now = Duration.zero
    while now < .seconds(40), let deadline = slot.deadline {
      now = deadline
      if case .running = slot.state, now < .seconds(30) { _ = slot.handle(.heard(work), now: now - .seconds(1)) }
      let actions = slot.handle(.timer, now: now)
      if !actions.isEmpty { log.append((now, actions)) }
    }
    #expect(log.map(\.0).prefix(4) == [.seconds(31), .seconds(33), .seconds(35), .seconds(36)])
    #expect(log.map(\.1).prefix(4) == [[.sendCancel(work)], [.terminate], [.kill], [.kill]])
    #expect(slot.handle(.exited("killed by SIGKILL", jitter: 0), now: now) == [.lost(work, .timedOut)])
  }

  @Test func `takes a silent worker for dead after 15 seconds`() {
    var slot = slot("running")
    _ = slot.handle(.heard(work), now: .seconds(5))
    #expect(slot.deadline == .seconds(20))
    #expect(slot.handle(.timer, now: .seconds(19)) == [])
    #expect(slot.handle(.timer, now: .seconds(20)) == [.terminate])
    #expect(slot.deadline == .seconds(22))
    #expect(slot.handle(.timer, now: .seconds(22)) == [.kill])
    let loss = Slot.Loss.crashed("gave no sign of life for 15s; killed by SIGKILL")
    #expect(slot.handle(.exited("killed by SIGKILL", jitter: 0), now: .seconds(22)) == [.lost(work, loss)])
  }

  @Test func `stops cancelled work and hides its loss`() {
    var slot = slot("running")
    #expect(slot.handle(.cancel(work), now: .zero) == [.sendCancel(work)])
    #expect(slot.handle(.cancel(other), now: .zero) == [])
    #expect(slot.handle(.timer, now: .seconds(2)) == [.terminate])
    #expect(slot.handle(.timer, now: .seconds(4)) == [.kill])
    #expect(slot.handle(.exited("x", jitter: 0), now: .seconds(4)) == [.lost(work, .interrupted)])
  }

  @Test func `that hears the answer to a cancellation keeps its process`() {
    var slot = slot("running")
    _ = slot.handle(.cancel(work), now: .zero)
    #expect(slot.handle(.result(work), now: .seconds(1)) == [.accept(work)])
    #expect(slot.deadline == nil)
    #expect(slot.handle(.resultCommitted(work), now: .seconds(1)) == [.sendAck(work)])
  }

  @Test func `backs off before the next process, and forgets after a quiet minute`() {
    var slot = Slot(now: .zero)
    var now = Duration.zero
    var delays: [Duration] = []
    for life in [Duration.zero, .zero, .zero, .seconds(60), .zero] {
      #expect(slot.handle(.timer, now: now) == [.spawn])
      now += life
      _ = slot.handle(.exited("x", jitter: 0), now: now)
      delays.append(slot.deadline! - now)
      now = slot.deadline!
    }
    #expect(delays == [.zero, .milliseconds(100), .milliseconds(200), .zero, .milliseconds(100)])
  }

  @Test func `backs off when a process cannot be started`() {
    var slot = slot("starting")
    #expect(slot.handle(.spawnFailed(jitter: 0), now: .zero) == [])
    #expect(slot.handle(.timer, now: .zero) == [.spawn])
    _ = slot.handle(.spawnFailed(jitter: 0), now: .zero)
    #expect(slot.state == .backoff(until: .milliseconds(100)))
  }

  @Test(arguments: states)
  func `stops without losing its work`(name: String) {
    var slot = slot(name)
    _ = slot.handle(.stop, now: .zero)
    let finish: [Slot.Event]
    switch name {
    case "assigned": finish = [.assignmentCommitted(work), .result(work), .resultCommitted(work), .ready]
    case "running": finish = [.result(work), .resultCommitted(work), .ready]
    case "finishing": finish = [.resultCommitted(work), .ready]
    case "acknowledged": finish = [.ready]
    default: finish = []
    }
    var actions = finish.flatMap { slot.handle($0, now: .zero) }
    if slot.hasProcess { actions += slot.handle(.exited("exited with status 0", jitter: 0), now: .zero) }
    #expect(slot.state == .stopped)
    #expect(!actions.contains { if case .lost = $0 { true } else { false } })
  }

  @Test(arguments: states)
  func `stops in a hurry and gives its work back`(name: String) {
    var slot = slot(name)
    _ = slot.handle(.stop, now: .zero)
    _ = slot.handle(.hurry, now: .zero)
    guard slot.hasProcess else { return }
    #expect(slot.state == .stopping)
    let actions = slot.handle(.exited("x", jitter: 0), now: .zero)
    #expect(actions == (["assigned", "running"].contains(name) ? [.lost(work, .interrupted)] : []))
    #expect(slot.state == .stopped)
  }

  @Test func `gives assigned work back when the commit fails`() {
    var slot = slot("assigned")
    #expect(slot.handle(.assignmentDropped(other), now: .zero) == [])
    #expect(slot.handle(.assignmentDropped(work), now: .zero) == [])
    #expect(slot.state == .idle)
  }

  @Test(arguments: [UInt64(7), 8])
  func `answers for each assigned work exactly once, whatever happens`(seed: UInt64) {
    var random = SeededGenerator(state: seed)
    var slot = Slot(now: .zero)
    var attempt: Int32 = 0
    var open: WorkID?
    var accepted = 0
    var lost = 0
    var now = Duration.zero
    for _ in 0..<50_000 {
      now += .milliseconds(Int.random(in: 0..<3000, using: &random))
      let current = slot.work ?? other
      var events: [Slot.Event] = [
        .timer, .timer, .ready, .heard(current), .result(current), .cancel(current), .resultCommitted(current),
        .assignmentCommitted(current), .misbehaved("x"), .hungUp, .restart("x"), .stop, .start, .start, .hurry,
      ]
      if slot.hasProcess { events.append(.exited("x", jitter: 0)) }
      // What a good worker does, often enough to reach every state.
      let proper: Slot.Event =
        switch slot.state {
        case .starting, .acknowledged: .ready
        case .assigned: .assignmentCommitted(current)
        case .running: .result(current)
        case .finishing: .resultCommitted(current)
        case .stopped: .start
        default: .timer
        }
      if Int.random(in: 0..<4, using: &random) > 0 { events = [proper] }
      if slot.state == .idle {
        attempt += 1
        events = [.assign(WorkID(id: "w", attempt: attempt), timeout: .seconds(10))]
      }
      let event = events.randomElement(using: &random)!
      if case .assign(let work, _) = event {
        #expect(open == nil)
        open = work
      }
      if case (.assigned(let held), .cancel(let cancelled)) = (slot.state, event), held == cancelled { open = nil }
      for action in slot.handle(event, now: now) {
        switch action {
        case .accept(let work):
          #expect(open == work)
          open = nil
          accepted += 1
        case .lost(let work, _):
          #expect(open == work)
          open = nil
          lost += 1
        case .spawn:
          #expect(open == nil)
        default: break
        }
      }
    }
    #expect(accepted > 1000)
    #expect(lost > 100)
  }
}
