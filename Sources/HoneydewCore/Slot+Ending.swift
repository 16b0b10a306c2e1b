/// How a process ends, what becomes of its work, and when the next one comes.
extension Slot {
  mutating func misbehaved(_ what: String, _ now: Duration) -> [Action] {
    switch state {
    // The last messages of a process that is to end are ignored.
    case .stopping, .backoff, .stopped, .dormant: []
    default: expel(.misbehaved(what), .fault(what), now)
    }
  }

  mutating func hungUp(_ now: Duration) -> [Action] {
    switch state {
    case .stopping, .backoff, .stopped, .dormant: []
    default: expel(.crashed(""), .fault(crash), now)
    }
  }

  /// Makes the process end, beginning with `step`; work that has begun is lost for the given reason.
  mutating func expel(
    _ loss: Loss, _ reason: Reason, _ now: Duration, from step: Escalation.Step = .kill
  ) -> [Action] {
    let neverBegan = assignment.map { [Action.lost($0.work, .neverBegan)] } ?? []
    var escalation = Escalation.from(step, at: now, grace: grace)
    _ = escalation.advance(at: now)
    state = .stopping(End(lost: unanswered(loss), reason: reason, escalation: escalation))
    return neverBegan + [step == .kill ? .kill : .terminate]
  }

  /// What the work that runs is given when its process is told to end.
  private var grace: Duration {
    if case .running(_, let watch) = state { min(watch.grace, LocalCommand.standardGrace) } else { .zero }
  }

  /// The work that has begun here, if its process ends like this.
  func unanswered(_ loss: Loss) -> LostWork? {
    switch state {
    case .running(let work, _): LostWork(work: work, loss: loss)
    case .cancelling(let work, let given, _): LostWork(work: work, loss: given)
    default: nil
    }
  }

  /// The process is reaped, or never was.
  ///
  /// - Parameters:
  ///   - cause: how it ended; empty for one that could not be started.
  ///   - jitter: a random number in `0..<1`.
  mutating func processEnded(cause: String, jitter: Double, now: Duration) -> [Action] {
    let reason: Reason
    let lost: LostWork?
    var actions: [Action] = []
    switch state {
    case .backoff, .stopped, .dormant:
      preconditionFailure("a process ended in a slot that has none")
    case .stopping(let end):
      (reason, lost) = (end.reason, end.lost)
    case .starting, .idle, .assigned, .running, .cancelling, .finishing:
      (reason, lost) = (.fault(cause.isEmpty ? "" : crash), unanswered(.crashed("")))
      if let assignment { actions = [.lost(assignment.work, .neverBegan)] }
    }
    if let lost { actions.append(.lost(lost.work, lost.loss.withCause(cause))) }
    self.jitter = jitter
    switch reason {
    case .planned(let why):
      lastCause = why
      state = plan == .stop ? .stopped : isOnDemand ? .dormant : .backoff(until: now)
    case .fault(let why):
      lastCause = why
      if !isReady { failedStarts += 1 }
      if plan == .stop {
        state = .stopped
      } else {
        restarts &+= 1
        state = .backoff(until: now + delay(afterJob: lost != nil, now))
        actions.append(.bookStart)
      }
    }
    if plan != .stop { plan = .serve }
    return actions
  }

  /// How long the slot waits for its next process. What died over a job is the job's to pay for.
  private mutating func delay(afterJob: Bool, _ now: Duration) -> Duration {
    guard !afterJob else { return .zero }
    if now - startedAt >= Slot.quietTime { failures = 0 }
    defer { failures += 1 }
    return failures == 0 ? .zero : Backoff.workers.delay(failures: failures - 1, jitter: jitter)
  }

  /// A process that ended by itself, by what it was at.
  private var crash: String {
    switch state {
    case .running(let work, _), .cancelling(let work, _, _): "crashed during job \(work.id)"
    default: isReady ? "crashed while it was idle" : "crashed before it was ready"
    }
  }
}
