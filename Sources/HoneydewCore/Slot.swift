/// One attempt of one piece of work, as a worker knows it.
public struct WorkID: Hashable, Sendable {
  /// A job's id, or the id of an internal call.
  public var id: String
  public var attempt: Int32

  public init(id: String, attempt: Int32) {
    self.id = id
    self.attempt = attempt
  }

  /// Names the attempt in the log, and to the API in the field `X-Request-ID`.
  public var requestID: String { "\(id).\(attempt)" }
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

  /// What becomes of the slot once its process is free.
  public enum Plan: Equatable, Sendable {
    /// The process takes the next work.
    case serve
    /// The process ends for this reason, and another one follows.
    case replace(String)
    /// The process ends, and none follows.
    case stop
  }

  public enum Event: Equatable, Sendable {
    /// Time has come to `deadline`, or a little later.
    case timer
    /// The process could not be started.
    case spawnFailed(jitter: Double)
    case ready
    /// What the process says that it holds of memory. It comes before the frame that said it.
    case measured(residentBytes: UInt64)
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
    /// A process may be wanted again after `stop`.
    case start
    /// No further work for this process: it ends when it is free, and another one follows. One that is due later comes
    /// now.
    case restart(String)
    /// No further work, and no further process.
    case stop
    /// What is to end when it is free ends now, and its work with it.
    case hurry
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
  /// A worker that has its `Ack` asks for work, or ends after `Exit`, within this time, or it is made to.
  public static let askLimit = Duration.seconds(10)
  public static let exitLimit = Duration.seconds(2)
  /// A process that lived this long has proved itself: the next failure is the first.
  public static let quietTime = Duration.seconds(60)

  public internal(set) var state: State
  public internal(set) var plan = Plan.serve
  /// Processes that this slot has lost, planned ends not counted.
  public internal(set) var restarts: Int32 = 0
  /// Why the last process of this slot ended.
  public internal(set) var lastCause = ""
  /// When the process was started (monotonic time).
  public internal(set) var startedAt = Duration.zero
  /// Processes that have said `Ready`.
  var readyCount = 0
  /// Processes that were lost before they said `Ready`, or could not be started.
  var failedStarts = 0

  let recycling: Recycling
  /// A random number in `0..<1` of the present process's own.
  var jitter: Double
  var jobsOfProcess = 0
  var residentBytes: UInt64 = 0
  var isReady = false
  var failures = 0
  var lastHeard = Duration.zero
  var escalation: Escalation?
  /// The work that is lost when the process ends, and how.
  var doomed: (work: WorkID, loss: Loss)?
  /// Why the process has been told to end.
  var ending: Ending?

  enum Ending {
    /// It was wanted.
    case planned(String)
    /// The worker's own fault.
    case fault(String)
  }

  /// - Parameter jitter: a random number in `0..<1`.
  public init(recycling: Recycling = Recycling(), now: Duration, jitter: Double = 0) {
    self.recycling = recycling
    self.jitter = jitter
    state = .backoff(until: now)
  }

  public static func == (left: Slot, right: Slot) -> Bool {
    left.state == right.state && left.deadline == right.deadline && left.restarts == right.restarts
      && left.plan == right.plan
  }

  /// When the slot wants a `timer` event (monotonic time).
  public var deadline: Duration? {
    switch state {
    case .backoff(let until): until
    case .starting: startedAt + Slot.startLimit
    case .idle: recycling.age(jitter: jitter).map { startedAt + $0 }
    case .running: doomed == nil ? min(lastHeard + Slot.silenceLimit, escalation?.at ?? .maximum) : escalation?.at
    case .stopping, .acknowledged: escalation?.at
    // Both end with the turn's commit, whenever that succeeds.
    case .assigned, .finishing: nil
    case .stopped: nil
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
}
