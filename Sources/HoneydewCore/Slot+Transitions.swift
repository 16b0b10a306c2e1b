extension Slot {
  /// Takes what happened, and answers what to do, in this order.
  ///
  /// - Parameter now: monotonic time, as all times here.
  public mutating func handle(_ event: Event, now: Duration) -> [Action] {
    switch event {
    case .timer: timePassed(now)
    case .startBooked(let moment): startBooked(at: moment)
    case .ready: ready(now)
    case .measured(let bytes): measured(bytes)
    case .reported(let work): reported(on: work, now)
    case .result(let work): answered(work, now)
    case .declined(let work, let reason): declined(work, reason, now)
    case .assign(let work, let timeout, let grace, let frame):
      assign(Assignment(work: work, timeout: timeout, grace: grace, frame: frame))
    case .wake: wake(now)
    case .committed(let work): committed(work, now)
    case .storeFailed: storeFailed(now)
    case .cancel(let work): cancel(work, now)
    case .misbehaved(let what): misbehaved(what, now)
    case .hungUp: hungUp(now)
    case .spawnFailed(let jitter): processEnded(cause: "", jitter: jitter, now: now)
    case .exited(let cause, let jitter): processEnded(cause: cause, jitter: jitter, now: now)
    case .start, .restart, .stop, .hurry: follow(event, now)
    }
  }

  private mutating func timePassed(_ now: Duration) -> [Action] {
    guard let deadline, deadline <= now else { return [] }
    switch state {
    case .backoff where isOnDemand:
      state = .dormant
      return []
    case .backoff:
      return begin(now)
    case .idle:
      if let idleEnd, idleEnd <= now, plan == .serve { plan = .replace("there was nothing to do") }
      return becomeFree(now)
    case .starting:
      let what = "was not ready within \(DurationText.format(Slot.startLimit))"
      return expel(.crashed(what), .fault(what), now, from: .terminate)
    case .running(_, let watch) where watch.lastReport + Slot.silenceLimit <= now:
      let what = "sent no heartbeat for \(DurationText.format(Slot.silenceLimit))"
      return expel(.crashed(what), .fault(what), now, from: .terminate)
    case .running(let work, let watch):
      state = .cancelling(work, .timedOut, until: now + Slot.cancelLimit + watch.grace)
      return [.send(.cancel(work))]
    case .cancelling(let work, let loss, _):
      let what = loss == .timedOut ? "did not end job \(work.id) in time" : "did not let go of job \(work.id)"
      return expel(loss, .fault(what), now, from: .terminate)
    case .stopping(var end):
      let step = end.escalation.advance(at: now)
      state = .stopping(end)
      return [step == .terminate ? .terminate : .kill]
    case .assigned, .finishing, .stopped, .dormant:
      return []
    }
  }

  private mutating func begin(_ now: Duration) -> [Action] {
    state = .starting
    (startedAt, isReady, jobsOfProcess, residentBytes) = (now, false, 0, 0)
    environment = nil
    return [.spawn]
  }

  private mutating func wake(_ now: Duration) -> [Action] {
    state == .dormant ? begin(now) : []
  }

  private mutating func startBooked(at moment: Duration) -> [Action] {
    if case .backoff(let until) = state { state = .backoff(until: max(until, moment)) }
    return []
  }

  // MARK: what the worker says

  private mutating func measured(_ bytes: UInt64) -> [Action] {
    residentBytes = bytes
    return []
  }

  private mutating func ready(_ now: Duration) -> [Action] {
    guard state == .starting else { return frameOutOfPlace(now) }
    isReady = true
    readyCount += 1
    startTime = now - startedAt
    return becomeFree(now)
  }

  private mutating func reported(on reported: WorkID, _ now: Duration) -> [Action] {
    switch state {
    case .running(let work, var watch) where work == reported:
      watch.lastReport = now
      state = .running(work, watch)
      return []
    case .cancelling(let work, _, _) where work == reported: return []
    case .running, .cancelling: return misbehaved("reported on a job that is not its own", now)
    default: return frameOutOfPlace(now)
    }
  }

  private mutating func answered(_ answered: WorkID, _ now: Duration) -> [Action] {
    switch state {
    case .running(let work, _) where work == answered, .cancelling(let work, _, _) where work == answered:
      jobsOfProcess += 1
      planRecycling(now)
      state = .finishing(work, next: nil)
      return [.accept(work)]
    case .stopping(var end) where end.lost == LostWork(work: answered, loss: .interrupted):
      // We were about to cut it off, and its answer was on the way.
      end.lost = nil
      state = .stopping(end)
      return [.accept(answered)]
    case .running, .cancelling: return misbehaved("answered a job that is not its own", now)
    default: return frameOutOfPlace(now)
    }
  }

  private mutating func declined(_ declined: WorkID, _ reason: String, _ now: Duration) -> [Action] {
    let isFault: Bool
    switch state {
    case .running(let work, _) where work == declined: isFault = now - startedAt < Slot.declineAge
    case .cancelling(let work, _, _) where work == declined: isFault = false
    case .running, .cancelling: return misbehaved("declined a job that is not its own", now)
    default: return frameOutOfPlace(now)
    }
    state = .stopping(
      End(
        lost: unanswered(.neverBegan),
        reason: isFault ? .fault("declined a job: \(reason)") : .planned("replaced: \(reason)"),
        escalation: .from(.terminate, at: now + Slot.exitLimit)))
    return []
  }

  private mutating func frameOutOfPlace(_ now: Duration) -> [Action] {
    misbehaved("sent a frame that has no place in this state", now)
  }

  // MARK: what is decided and stored

  private mutating func assign(_ assignment: Assignment) -> [Action] {
    switch state {
    case .idle: state = .assigned(assignment)
    case .finishing(let work, next: nil) where plan == .serve: state = .finishing(work, next: assignment)
    default: preconditionFailure("work was assigned to a slot that is not free")
    }
    return []
  }

  private mutating func committed(_ work: WorkID, _ now: Duration) -> [Action] {
    switch state {
    case .assigned(let assignment) where assignment.work == work:
      // The worker tells of the deadline's end only when the work has ended by itself or by force.
      let cancelsAt = assignment.timeout.map { now + $0 + Slot.overrunLimit + assignment.grace }
      state = .running(work, Watch(lastReport: now, cancelsAt: cancelsAt, grace: assignment.grace))
      return [.send(.run(work, frame: assignment.frame))]
    case .finishing(work, let next?):
      state = .assigned(next)
      return [.send(.ack(work))]
    case .finishing(work, next: nil):
      return [.send(.ack(work))] + becomeFree(now)
    default:
      // Its process has ended meanwhile, or it was cancelled.
      return []
    }
  }

  private mutating func storeFailed(_ now: Duration) -> [Action] {
    guard let assignment else { return [] }
    return takeBack(assignment, now)
  }

  private mutating func cancel(_ work: WorkID, _ now: Duration) -> [Action] {
    switch state {
    case .running(work, let watch):
      state = .cancelling(work, .interrupted, until: now + Slot.cancelLimit + watch.grace)
      return [.send(.cancel(work))]
    case .cancelling(work, _, let until):
      state = .cancelling(work, .interrupted, until: until)
      return []
    default:
      guard let assignment, assignment.work == work else { return [] }
      return takeBack(assignment, now)
    }
  }

  /// What has not left for the worker.
  var assignment: Assignment? {
    switch state {
    case .assigned(let assignment): assignment
    case .finishing(_, let next): next
    default: nil
    }
  }

  private mutating func takeBack(_ assignment: Assignment, _ now: Duration) -> [Action] {
    let lost = Action.lost(assignment.work, .neverBegan)
    guard case .finishing(let work, _) = state else { return [lost] + becomeFree(now) }
    state = .finishing(work, next: nil)
    return [lost]
  }

  // MARK: between two works

  /// Takes the next work, or ends the process by the plan.
  mutating func becomeFree(_ now: Duration) -> [Action] {
    if isReady { planRecycling(now) }
    guard let reason = plannedReason else {
      state = .idle
      return []
    }
    state = .stopping(End(lost: nil, reason: reason, escalation: .from(.terminate, at: now + Slot.exitLimit)))
    return [.send(.exit)]
  }

  private mutating func planRecycling(_ now: Duration) {
    guard plan == .serve else { return }
    let cause = recycling.cause(
      jobs: jobsOfProcess, age: now - startedAt, residentBytes: residentBytes, jitter: jitter)
    if let cause { plan = .replace(cause) }
  }
}
