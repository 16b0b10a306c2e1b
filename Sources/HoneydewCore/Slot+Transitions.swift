extension Slot {
  public mutating func handle(_ event: Event, now: Duration) -> [Action] {
    switch (state, event) {
    case (.backoff(let until), .timer):
      guard until <= now else { return [] }
      state = .starting
      (startedAt, isReady, jobsOfProcess, residentBytes) = (now, false, 0, 0)
      return [.spawn]
    case (.starting, .spawnFailed(let jitter)), (.stopping, .spawnFailed(let jitter)):
      return processEnded(cause: "", jitter: jitter, now: now)
    case (_, .measured(let bytes)):
      residentBytes = bytes
      return []
    case (.starting, .ready):
      isReady = true
      readyCount += 1
      return becomeFree(now)
    case (.acknowledged, .ready):
      return becomeFree(now)
    case (.idle, .assign(let work, let timeout)):
      state = .assigned(work)
      escalation = .after(deadline: now + timeout)
      return []
    case (.assigned, .assignmentCommitted(let work)) where work == self.work:
      state = .running(work)
      lastHeard = now
      return [.sendRun]
    case (.assigned, .assignmentDropped(let work)) where work == self.work:
      return becomeFree(now)
    case (.running(let work), .heard(let spoken)):
      guard spoken == work else { return misbehaved("spoke of a job that is not its own", now) }
      lastHeard = now
      return []
    case (.running(let work), .result(let answered)):
      guard answered == work else { return misbehaved("answered a job that is not its own", now) }
      state = .finishing(work)
      escalation = nil
      doomed = nil
      return [.accept(work)]
    case (.finishing, .resultCommitted(let work)) where work == self.work:
      state = .acknowledged
      jobsOfProcess += 1
      escalation = .from(.terminate, at: now + Slot.askLimit)
      return [.sendAck(work)]
    case (.running, .cancel(let work)) where work == self.work:
      escalation = .from(.cancel, at: now)
      doomed = (work, .interrupted)
      return escalate(now)
    case (.assigned, .cancel(let work)) where work == self.work:
      return becomeFree(now)
    case (_, .hungUp) where hasProcess && state != .stopping:
      return expel(.crashed(""), .fault(crash), now)
    case (_, .timer): return timePassed(now)
    case (_, .exited(let cause, let jitter)) where hasProcess:
      return processEnded(cause: cause, jitter: jitter, now: now)
    case (_, .start), (_, .restart), (_, .stop), (_, .hurry):
      return obey(event, now)
    case (.stopping, _), (_, .cancel), (_, .resultCommitted), (_, .assignmentCommitted), (_, .assignmentDropped),
      (_, .hungUp):
      return []
    case (_, .misbehaved(let what)):
      return hasProcess ? misbehaved(what, now) : []
    case (_, .heard), (_, .result), (_, .ready):
      return hasProcess ? misbehaved("sent a frame that has no place in this state", now) : []
    case (_, .assign), (_, .spawnFailed), (_, .exited):
      preconditionFailure("the pool let \(event) happen to a slot in \(state)")
    }
  }

  /// What an operator or the daemon's own end wants.
  private mutating func obey(_ event: Event, _ now: Duration) -> [Action] {
    switch (event, state) {
    case (.start, .stopped):
      plan = .serve
      return startSoon(now)
    case (.start, _):
      if plan == .stop { plan = .serve }
      return []
    case (.restart, _) where plan == .stop:
      return []
    case (.restart, .backoff):
      return startSoon(now)
    case (.restart(let cause), _):
      plan = .replace(cause)
      return endIfFree(now)
    case (.stop, .backoff), (.stop, .stopped):
      plan = .stop
      return stop()
    case (.stop, _):
      plan = .stop
      return endIfFree(now)
    case (.hurry, .stopping) where escalation?.next == .terminate:
      escalation = .from(.terminate, at: now)
      return escalate(now)
    case (.hurry, .stopping), (.hurry, .backoff), (.hurry, .stopped):
      return []
    default:
      guard let ending = plannedEnding else { return [] }
      return expel(.interrupted, ending, now, from: .terminate)
    }
  }

  /// Begins with no failure to its name: whoever asked for it may have removed the cause.
  private mutating func startSoon(_ now: Duration) -> [Action] {
    failures = 0
    state = .backoff(until: now)
    return []
  }

  private mutating func endIfFree(_ now: Duration) -> [Action] {
    switch state {
    case .idle: return becomeFree(now)
    case .starting: return expel(.interrupted, plannedEnding, now, from: .terminate)
    default: return []
    }
  }

  /// How the process ends by the plan; nil when it does not.
  private var plannedEnding: Ending? {
    switch plan {
    case .serve: nil
    case .replace(let cause): .planned(cause)
    case .stop: .planned("stopped on request")
    }
  }

  private mutating func timePassed(_ now: Duration) -> [Action] {
    guard let deadline, deadline <= now else { return [] }
    switch state {
    case .idle:
      return becomeFree(now)
    case .starting:
      let what = "was not ready within \(DurationText.format(Slot.startLimit))"
      return expel(.crashed(what), .fault(what), now, from: .terminate)
    case .running(let work):
      return watch(work, now)
    case .acknowledged:
      ending = .fault("did not ask for work within \(DurationText.format(Slot.askLimit)) of its last")
      return escalate(now)
    case .stopping:
      return escalate(now)
    case .backoff, .assigned, .finishing, .stopped:
      return []
    }
  }

  /// Watches a running attempt: its deadline, and the worker's signs of life.
  private mutating func watch(_ work: WorkID, _ now: Duration) -> [Action] {
    if lastHeard + Slot.silenceLimit <= now, doomed == nil {
      let what = "gave no sign of life for \(DurationText.format(Slot.silenceLimit))"
      return expel(.crashed(what), .fault(what), now, from: .terminate)
    }
    if let escalation, escalation.at <= now, doomed == nil {
      doomed = (work, .timedOut)
    }
    return escalate(now)
  }

  private mutating func escalate(_ now: Duration) -> [Action] {
    guard let step = escalation?.advance(at: now) else { return [] }
    if step == .cancel { return work.map { [.sendCancel($0)] } ?? [] }
    if case .running(let work) = state {
      let what = doomed?.loss == .timedOut ? "did not end job \(work.id) in time" : "did not let go of job \(work.id)"
      ending = ending ?? .fault(what)
    }
    state = .stopping
    return step == .kill ? [.kill] : [.terminate]
  }

  private mutating func misbehaved(_ what: String, _ now: Duration) -> [Action] {
    expel(.misbehaved(what), .fault(what), now)
  }

  /// Makes the process end, beginning with `step`; its unfinished work is lost for the given reason.
  private mutating func expel(
    _ loss: Loss, _ ending: Ending?, _ now: Duration, from step: Escalation.Step = .kill
  ) -> [Action] {
    switch state {
    case .running(let work): doomed = doomed ?? (work, loss)
    case .assigned(let work): doomed = (work, .interrupted)
    default: break
    }
    self.ending = ending
    state = .stopping
    escalation = .from(step, at: now)
    return escalate(now)
  }

  private mutating func becomeFree(_ now: Duration) -> [Action] {
    escalation = nil
    doomed = nil
    if plan == .serve, isReady,
      let cause = recycling.cause(
        jobs: jobsOfProcess, age: now - startedAt, residentBytes: residentBytes, jitter: jitter)
    {
      plan = .replace(cause)
    }
    guard let ending = plannedEnding else {
      state = .idle
      return []
    }
    self.ending = ending
    state = .stopping
    escalation = .from(.terminate, at: now + Slot.exitLimit)
    return [.sendExit]
  }

  private mutating func stop() -> [Action] {
    state = .stopped
    return []
  }

  private mutating func processEnded(cause: String, jitter: Double, now: Duration) -> [Action] {
    var actions: [Action] = []
    switch state {
    case .running(let work): actions = [.lost(work, doomed?.loss ?? .crashed(cause))]
    case .assigned(let work): actions = [.lost(work, .interrupted)]
    default:
      if let doomed { actions = [.lost(doomed.work, doomed.loss.withCause(cause))] }
    }
    let isPlanned: Bool
    switch ending {
    case .planned(let why): (lastCause, isPlanned) = (why, true)
    case .fault(let why): (lastCause, isPlanned) = (why, false)
    case nil: (lastCause, isPlanned) = (cause.isEmpty ? "" : crash, false)
    }
    ending = nil
    doomed = nil
    escalation = nil
    self.jitter = jitter
    if !isPlanned, !isReady { failedStarts += 1 }
    guard plan != .stop else { return actions + stop() }
    plan = .serve
    if isPlanned {
      state = .backoff(until: now)
      return actions
    }
    if now - startedAt >= Slot.quietTime { failures = 0 }
    let delay = failures == 0 ? .zero : Backoff.workers.delay(failures: failures - 1, jitter: jitter)
    failures += 1
    restarts &+= 1
    state = .backoff(until: now + delay)
    return actions
  }

  /// A process that ended by itself, by what it was at.
  private var crash: String {
    if let work { return "crashed during job \(work.id)" }
    return isReady ? "crashed while it was idle" : "crashed before it was ready"
  }
}

extension Slot.Loss {
  /// The loss, with how the process ended where that is all there is to tell.
  fileprivate func withCause(_ cause: String) -> Slot.Loss {
    guard case .crashed(let what) = self else { return self }
    return .crashed(what.isEmpty ? cause : "\(what); \(cause)")
  }
}

extension Duration {
  /// Later than any time that is met.
  static var maximum: Duration { .seconds(Int64.max) }
}
