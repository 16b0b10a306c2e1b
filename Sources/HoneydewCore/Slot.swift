/// One attempt of one piece of work, as a worker knows it.
public struct WorkID: Hashable, Sendable {
  /// A job's id, or the id of an internal call.
  public var id: String
  public var attempt: Int32

  public init(id: String, attempt: Int32) {
    self.id = id
    self.attempt = attempt
  }
}

/// One place of the pool: the worker process in it, if any, and what that process is doing.
///
/// A value: `handle` takes what happened and the time, and answers what to do. The slot is free for another process
/// only when the old one has been reaped.
public struct Slot: Equatable, Sendable {
  public enum State: Equatable, Sendable {
    /// No process; the next one is due at this time.
    case backoff(until: Duration)
    /// The process exists and has not said `Ready`.
    case starting
    /// The worker has asked for a job.
    case idle
    /// Work is decided for the worker; `Run` leaves after the commit.
    case assigned(WorkID)
    case running(WorkID)
    /// The worker has sent its result; `Ack` leaves after the commit.
    case finishing(WorkID)
    /// The worker has the `Ack` and is about to ask again.
    case acknowledged
    /// The process is on its way out.
    case stopping
    /// No process, and none wanted.
    case stopped
  }

  public enum Event: Equatable, Sendable {
    /// Time has come to `deadline`, or a little later.
    case timer
    /// The process could not be started.
    case spawnFailed(jitter: Double)
    case ready
    case assign(WorkID, timeout: Duration)
    /// The commit is done: `Run` may leave.
    case assignmentCommitted(WorkID)
    /// The commit failed: as if never assigned.
    case assignmentDropped(WorkID)
    /// `Started`, `Progress` or `Heartbeat`.
    case heard(WorkID)
    case result(WorkID)
    /// The commit that holds the result is done: `Ack` may leave.
    case resultCommitted(WorkID)
    /// The work is no longer wanted.
    case cancel(WorkID)
    /// The worker sent what it must not.
    case misbehaved(String)
    /// The worker closed its channel: it is dying, or must.
    case hungUp
    /// The process has been reaped.
    case exited(String, jitter: Double)
    /// No further work; end the process when it is free.
    case drain
    /// End the process now, and its work with it.
    case halt
  }

  public enum Action: Equatable, Sendable {
    case spawn
    case sendRun
    case sendCancel(WorkID)
    case sendAck(WorkID)
    case sendExit
    /// SIGTERM and SIGCONT to the process group.
    case terminate
    /// SIGKILL to the process group.
    case kill
    /// The result is for the work of this slot: decide it.
    case accept(WorkID)
    /// The work ended without a result, and its process is gone.
    case lost(WorkID, Loss)
  }

  /// Why work ended without a result.
  public enum Loss: Equatable, Sendable {
    case crashed(String)
    case misbehaved(String)
    case timedOut
    /// The daemon wanted the worker gone, or the work never left the daemon.
    case interrupted
  }

  /// A worker must say `Ready` within this time of its start.
  public static let startLimit = Duration.seconds(10)
  /// A busy worker that is silent for this long is taken for dead.
  public static let silenceLimit = Duration.seconds(15)
  /// A process that lived this long has proved itself: the next failure is the first.
  public static let quietTime = Duration.seconds(60)

  public private(set) var state: State
  /// Processes that this slot has lost, planned ends not counted.
  public private(set) var restarts: Int32 = 0
  /// No process follows the present one.
  public private(set) var isDraining = false

  private var startedAt = Duration.zero
  private var failures = 0
  private var lastHeard = Duration.zero
  private var escalation: Escalation?
  /// The work that is lost when the process ends, and how.
  private var doomed: (work: WorkID, loss: Loss)?

  public init(now: Duration) {
    state = .backoff(until: now)
  }

  public static func == (left: Slot, right: Slot) -> Bool {
    left.state == right.state && left.deadline == right.deadline && left.restarts == right.restarts
      && left.isDraining == right.isDraining
  }

  /// When the slot wants a `timer` event (monotonic time).
  public var deadline: Duration? {
    switch state {
    case .backoff(let until): until
    case .starting: min(startedAt + Slot.startLimit, escalation?.at ?? .maximum)
    case .running: doomed == nil ? min(lastHeard + Slot.silenceLimit, escalation?.at ?? .maximum) : escalation?.at
    case .stopping, .acknowledged: escalation?.at
    case .idle, .assigned, .finishing, .stopped: nil
    }
  }

  /// Whether there is a process that has not been reaped.
  public var hasProcess: Bool {
    switch state {
    case .backoff, .stopped: false
    default: true
    }
  }

  /// The work that the slot holds.
  public var work: WorkID? {
    switch state {
    case .assigned(let work), .running(let work), .finishing(let work): work
    default: doomed?.work
    }
  }

  public mutating func handle(_ event: Event, now: Duration) -> [Action] {
    switch (state, event) {
    case (.backoff(let until), .timer):
      guard until <= now else { return [] }
      state = .starting
      startedAt = now
      return [.spawn]
    case (.starting, .spawnFailed(let jitter)):
      return processEnded(jitter: jitter, now: now)
    case (.starting, .ready), (.acknowledged, .ready):
      escalation = nil
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
      guard spoken == work else { return expel(.misbehaved("spoke of a job that is not its own"), now) }
      lastHeard = now
      return []
    case (.running(let work), .result(let answered)):
      guard answered == work else { return expel(.misbehaved("answered a job that is not its own"), now) }
      state = .finishing(work)
      escalation = nil
      doomed = nil
      return [.accept(work)]
    case (.finishing, .resultCommitted(let work)) where work == self.work:
      state = .acknowledged
      escalation = .from(.kill, at: now + Slot.startLimit)
      return [.sendAck(work)]
    case (.running, .cancel(let work)) where work == self.work:
      escalation = .from(.cancel, at: now)
      doomed = (work, .interrupted)
      return escalate(now)
    case (.assigned, .cancel(let work)) where work == self.work:
      return becomeFree(now)
    case (_, .hungUp) where hasProcess && state != .stopping:
      return expel(.crashed(""), now)
    case (.starting, .timer) where startedAt + Slot.startLimit <= now:
      return expel(.crashed("was not ready within \(DurationText.format(Slot.startLimit))"), now)
    case (.running(let work), .timer):
      return watch(work, now)
    case (.stopping, .timer), (.acknowledged, .timer):
      return escalate(now)
    case (_, .exited(let cause, let jitter)) where hasProcess:
      return processEnded(cause: cause, jitter: jitter, now: now)
    case (_, .drain):
      return drain(now)
    case (_, .halt):
      isDraining = true
      return hasProcess ? expel(.interrupted, now, from: .terminate) : stop()
    case (.stopping, _), (_, .timer), (_, .cancel), (_, .resultCommitted), (_, .assignmentCommitted),
      (_, .assignmentDropped), (_, .hungUp):
      return []
    case (_, .misbehaved(let what)):
      return hasProcess ? expel(.misbehaved(what), now) : []
    case (_, .heard), (_, .result), (_, .ready):
      return hasProcess ? expel(.misbehaved("sent a frame that has no place in this state"), now) : []
    case (_, .assign), (_, .spawnFailed), (_, .exited):
      preconditionFailure("the pool let \(event) happen to a slot in \(state)")
    }
  }

  /// Watches a running attempt: its deadline, and the worker's signs of life.
  private mutating func watch(_ work: WorkID, _ now: Duration) -> [Action] {
    if lastHeard + Slot.silenceLimit <= now, doomed == nil {
      return expel(
        .crashed("gave no sign of life for \(DurationText.format(Slot.silenceLimit))"), now, from: .terminate)
    }
    if let escalation, escalation.at <= now, doomed == nil {
      doomed = (work, .timedOut)
    }
    return escalate(now)
  }

  private mutating func escalate(_ now: Duration) -> [Action] {
    guard let step = escalation?.advance(at: now) else { return [] }
    switch step {
    case .cancel:
      return work.map { [.sendCancel($0)] } ?? []
    case .terminate:
      state = .stopping
      return [.terminate]
    case .kill:
      state = .stopping
      return [.kill]
    }
  }

  /// Makes the process end, beginning with `step`; its unfinished work is lost for the given reason.
  private mutating func expel(_ loss: Loss, _ now: Duration, from step: Escalation.Step = .kill) -> [Action] {
    switch state {
    case .running(let work): doomed = doomed ?? (work, loss)
    case .assigned(let work): doomed = (work, .interrupted)
    default: break
    }
    state = .stopping
    escalation = .from(step, at: now)
    return escalate(now)
  }

  private mutating func becomeFree(_ now: Duration) -> [Action] {
    escalation = nil
    doomed = nil
    guard isDraining else {
      state = .idle
      return []
    }
    state = .stopping
    escalation = .from(.terminate, at: now + .seconds(2))
    return [.sendExit]
  }

  private mutating func drain(_ now: Duration) -> [Action] {
    isDraining = true
    switch state {
    case .idle: return becomeFree(now)
    case .backoff, .stopped: return stop()
    case .starting: return expel(.interrupted, now, from: .terminate)
    case .assigned, .running, .finishing, .acknowledged, .stopping: return []
    }
  }

  private mutating func stop() -> [Action] {
    state = .stopped
    return []
  }

  private mutating func processEnded(cause: String = "", jitter: Double, now: Duration) -> [Action] {
    var actions: [Action] = []
    switch state {
    case .running(let work): actions = [.lost(work, doomed?.loss ?? .crashed(cause))]
    case .assigned(let work): actions = [.lost(work, .interrupted)]
    default:
      if let doomed { actions = [.lost(doomed.work, doomed.loss.withCause(cause))] }
    }
    doomed = nil
    escalation = nil
    guard !isDraining else { return actions + stop() }
    if now - startedAt >= Slot.quietTime { failures = 0 }
    let delay = failures == 0 ? .zero : Backoff.workers.delay(failures: failures - 1, jitter: jitter)
    failures += 1
    restarts &+= 1
    state = .backoff(until: now + delay)
    return actions
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
