import Testing

@testable import HoneydewCore

private let work = WorkID(id: "job", attempt: 1)

/// A slot that has been through these events, all at time zero.
private func slot(_ events: [Slot.Event], recycling: Recycling = Recycling(), jitter: Double = 0) -> Slot {
  var slot = Slot(recycling: recycling, now: .zero, jitter: jitter)
  for event in events { _ = slot.handle(event, now: .zero) }
  return slot
}

private let toIdle: [Slot.Event] = [.timer, .ready]
private let toRunning = toIdle + [.assign(work, timeout: .seconds(30), frame: [1]), .committed(work)]
private let toFinishing = toRunning + [.result(work)]

@Suite struct `A slot that an operator controls` {
  @Test func `replaces a free process at once, without a failure to its name`() {
    var slot = slot(toIdle)
    #expect(slot.handle(.restart("restarted on request"), now: .seconds(1)) == [.send(.exit)])
    #expect(slot.handle(.exited("exited with status 0", jitter: 0), now: .seconds(1)) == [])
    #expect(slot.state == .backoff(until: .seconds(1)))
    #expect(slot.restarts == 0 && slot.failedStarts == 0 && slot.plan == .serve)
    #expect(slot.lastCause == "restarted on request")
    #expect(slot.handle(.timer, now: .seconds(1)) == [.spawn])
    _ = slot.handle(.ready, now: .seconds(2))
    #expect(slot.state == .idle && slot.readyCount == 2)
  }

  @Test(arguments: [toRunning, toFinishing])
  func `replaces a busy process after its job, and gives it no other`(path: [Slot.Event]) {
    var slot = slot(path)
    #expect(slot.handle(.restart("x"), now: .zero) == [])
    if path.count == toRunning.count { #expect(slot.handle(.result(work), now: .zero) == [.accept(work)]) }
    #expect(!slot.isFree)
    #expect(slot.handle(.committed(work), now: .zero) == [.send(.ack(work)), .send(.exit)])
    #expect(slot.handle(.exited("exited with status 0", jitter: 0), now: .zero) == [])
    #expect(slot.state == .backoff(until: .zero) && slot.restarts == 0)
  }

  @Test func `gives the job back in a hurry, and starts again`() {
    var slot = slot(toRunning)
    _ = slot.handle(.restart("x"), now: .zero)
    #expect(slot.handle(.hurry, now: .seconds(1)) == [.terminate])
    #expect(slot.handle(.timer, now: .seconds(3)) == [.kill])
    #expect(slot.handle(.exited("killed by SIGKILL", jitter: 0), now: .seconds(3)) == [.lost(work, .interrupted)])
    #expect(slot.state == .backoff(until: .seconds(3)) && slot.restarts == 0)
  }

  @Test func `takes an answer that was on the way when the process was told to end in a hurry`() {
    var slot = slot(toRunning + [.restart("x"), .hurry])
    #expect(slot.handle(.result(WorkID(id: "another", attempt: 1)), now: .zero) == [])
    #expect(slot.handle(.result(work), now: .zero) == [.accept(work)])
    #expect(slot.work == nil && slot.handle(.committed(work), now: .zero) == [])
    #expect(slot.handle(.result(work), now: .zero) == [])
    #expect(slot.handle(.exited("killed by SIGTERM", jitter: 0), now: .zero) == [])
    #expect(slot.restarts == 0)
  }

  @Test func `hurries nothing that is not to end`() {
    var slot = slot(toRunning)
    #expect(slot.handle(.hurry, now: .zero) == [])
    #expect(slot.work == work && slot.handle(.result(work), now: .zero) == [.accept(work)])
  }

  @Test func `terminates a process that does not end after Exit, and then kills it`() {
    var slot = slot(toIdle + [.stop])
    var actions: [(Duration, [Slot.Action])] = []
    while actions.count < 4, let deadline = slot.deadline {
      actions.append((deadline, slot.handle(.timer, now: deadline)))
    }
    #expect(actions.map(\.0) == [.seconds(2), .seconds(4), .seconds(5), .seconds(6)])
    #expect(actions.map(\.1) == [[.terminate], [.kill], [.kill], [.kill]])
  }

  @Test func `does not put off a kill in a hurry`() {
    var slot = slot(toIdle + [.stop])
    _ = slot.handle(.timer, now: .seconds(2))
    #expect(slot.handle(.hurry, now: .seconds(3)) == [])
    #expect(slot.deadline == .seconds(4))
  }

  @Test func `stays stopped until it is started`() {
    var slot = slot(toIdle + [.stop, .exited("exited with status 0", jitter: 0)])
    #expect(slot.state == .stopped && slot.deadline == nil && slot.lastCause == "stopped on request")
    #expect(slot.handle(.restart("x"), now: .zero) == [])
    #expect(slot.state == .stopped)
    #expect(slot.handle(.start, now: .seconds(9)) == [])
    #expect(slot.handle(.timer, now: .seconds(9)) == [.spawn])
  }

  @Test func `goes on with its process when it is started before that has ended`() {
    var slot = slot(toRunning + [.stop, .start, .result(work), .committed(work)])
    #expect(slot.state == .idle)
    slot = HoneydewCoreTests.slot(toIdle + [.stop, .start, .exited("exited with status 0", jitter: 0)])
    #expect(slot.state == .backoff(until: .zero) && slot.restarts == 0)
  }

  @Test func `starts at once, and counts no failure, out of a backoff`() {
    var slot = slot([])
    for _ in 0..<8 {
      _ = slot.handle(.timer, now: slot.deadline!)
      _ = slot.handle(.exited("x", jitter: 0), now: slot.startedAt)
    }
    #expect(slot.deadline! > slot.startedAt + .seconds(5))
    _ = slot.handle(.restart("x"), now: slot.startedAt)
    #expect(slot.deadline == slot.startedAt)
    _ = slot.handle(.timer, now: slot.startedAt)
    _ = slot.handle(.exited("x", jitter: 0), now: slot.startedAt)
    #expect(slot.deadline == slot.startedAt)
  }

  @Test func `does not wait for a process that could not be started while it was to end`() {
    var slot = slot([.timer, .stop])
    #expect(slot.hasProcess)
    _ = slot.handle(.spawnFailed(jitter: 0), now: .zero)
    #expect(slot.state == .stopped)
  }
}

@Suite struct `A slot that recycles` {
  @Test func `replaces its process after so many jobs`() {
    var slot = slot(toIdle, recycling: Recycling(maximumJobs: 2))
    for round in 1...2 {
      for event in toRunning.suffix(2) + [.result(work)] { _ = slot.handle(event, now: .zero) }
      #expect(slot.isFree == (round == 1))
      #expect(slot.handle(.committed(work), now: .zero) == [.send(.ack(work))] + (round == 2 ? [.send(.exit)] : []))
    }
    _ = slot.handle(.exited("exited with status 0", jitter: 0), now: .zero)
    #expect(slot.lastCause == "recycled after 2 jobs (worker.max_jobs)")
    #expect(slot.state == .backoff(until: .zero) && slot.restarts == 0)
    _ = slot.handle(.timer, now: .zero)
    #expect(slot.handle(.ready, now: .zero) == [])
    #expect(slot.state == .idle)
  }

  @Test func `replaces an idle process at its age, and wakes for nothing else`() {
    var slot = slot(toIdle, recycling: Recycling(maximumAge: .seconds(3600)), jitter: 0.5)
    #expect(slot.deadline == .seconds(3420))
    #expect(slot.handle(.timer, now: .seconds(3419)) == [])
    #expect(slot.handle(.timer, now: .seconds(3420)) == [.send(.exit)])
    #expect(HoneydewCoreTests.slot(toIdle).deadline == nil)
  }

  @Test func `replaces a process that has grown, between two jobs`() {
    var slot = slot(toRunning, recycling: Recycling(maximumResidentBytes: 100 << 20))
    for event in [Slot.Event.measured(residentBytes: 300 << 20), .reported(work), .result(work)] {
      let actions = slot.handle(event, now: .zero)
      #expect(!actions.contains(.send(.exit)))
    }
    #expect(slot.handle(.committed(work), now: .zero) == [.send(.ack(work)), .send(.exit)])
    _ = slot.handle(.exited("exited with status 0", jitter: 0), now: .zero)
    #expect(slot.lastCause == "recycled with 300 MiB of memory (worker.max_rss_mb)")
  }

  @Test func `keeps a process that starts too large`() {
    let slot = slot(
      [.timer, .measured(residentBytes: 300 << 20), .ready], recycling: Recycling(maximumResidentBytes: 1 << 20))
    #expect(slot.state == .idle)
  }

  @Test(arguments: [(0.0, 1000), (0.5, 950), (0.999, 901)])
  func `spreads the end by up to a tenth`(jitter: Double, jobs: Int) {
    let recycling = Recycling(maximumJobs: 1000)
    #expect(recycling.cause(jobs: jobs - 1, age: .zero, residentBytes: 0, jitter: jitter) == nil)
    #expect(recycling.cause(jobs: jobs, age: .zero, residentBytes: 0, jitter: jitter) != nil)
    #expect(Recycling(maximumJobs: 1).cause(jobs: 0, age: .zero, residentBytes: 0, jitter: jitter) == nil)
  }
}

@Suite struct `A slot tells why its process ended` {
  @Test(
    arguments: [
      ([], "crashed before it was ready"), (toIdle, "crashed while it was idle"),
      (toRunning, "crashed during job job"), (toFinishing, "crashed while it was idle"),
    ] as [([Slot.Event], String)])
  func `when it crashed`(path: [Slot.Event], cause: String) {
    for isHeard in [true, false] {
      var slot = slot(path.isEmpty ? [.timer] : path)
      if isHeard { _ = slot.handle(.hungUp, now: .zero) }
      _ = slot.handle(.exited("killed by SIGSEGV", jitter: 0), now: .zero)
      #expect(slot.lastCause == cause)
    }
  }

  @Test func `when it was made to`() {
    let cases: [([Slot.Event], Slot.Event?, String)] = [
      ([.timer], nil, "was not ready within 10s"),
      (toRunning, nil, "sent no heartbeat for 15s"),
      (toRunning, .misbehaved("sent garbage"), "sent garbage"),
      (toRunning, .cancel(work), "did not let go of job job"),
    ]
    for (path, event, cause) in cases {
      var slot = slot(path)
      if let event { _ = slot.handle(event, now: .zero) }
      // The process outlives all that it is sent.
      for _ in 0..<5 { if let deadline = slot.deadline { _ = slot.handle(.timer, now: deadline) } }
      _ = slot.handle(.exited("killed by SIGKILL", jitter: 0), now: .seconds(60))
      #expect(slot.lastCause == cause)
    }
  }
}
