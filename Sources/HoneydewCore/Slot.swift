/// One place of the pool: the worker process in it, if any, and what that process is doing.
///
/// A value: `handle` takes what happened and the time, and answers what to do. The slot is free for another process
/// only when the old one has been reaped. Every work that is assigned is answered for once: accepted, or lost.
public struct Slot: Equatable, Sendable {
  public enum State: Equatable, Sendable {
    /// No process; the next one is due at this time.
    case backoff(until: Duration)
    /// The process exists and has not said `Ready`.
    case starting
    /// The worker waits for a job.
    case idle
    /// Work is decided for the worker; `Run` leaves after the commit.
    case assigned(Assignment)
    case running(WorkID, Watch)
    /// The worker has been asked to give up its work, which is lost for this reason if it does not answer in time.
    case cancelling(WorkID, Loss, until: Duration)
    /// The worker has sent its result; `Ack` leaves after the commit, and behind it `Run` of what was assigned meanwhile.
    case finishing(WorkID, next: Assignment?)
    /// The process is on its way out.
    case stopping(End)
    /// No process, and none wanted.
    case stopped
    /// No process until there is work for it.
    case dormant
  }

  /// Work that is decided for a worker, and has not left for it.
  public struct Assignment: Equatable, Sendable {
    public let work: WorkID
    /// nil for no limit.
    let timeout: Duration?
    /// What the work is given to end by itself when it is told to.
    let grace: Duration
    /// The frame that starts it, as it goes to the worker.
    let frame: [UInt8]
  }

  /// What is waited for while work runs (monotonic times).
  public struct Watch: Equatable, Sendable {
    var lastReport: Duration
    /// When the worker, which keeps the attempt's deadline itself, has overrun it for good; nil for never.
    let cancelsAt: Duration?
    let grace: Duration
  }

  /// How a process ends that has been told to.
  public struct End: Equatable, Sendable {
    /// The work that had begun in it and is not answered.
    var lost: LostWork?
    var reason: Reason
    var escalation: Escalation
  }

  struct LostWork: Equatable, Sendable {
    var work: WorkID
    var loss: Loss
  }

  enum Reason: Equatable, Sendable {
    /// It was wanted.
    case planned(String)
    /// The worker's own fault.
    case fault(String)
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
    /// The pool's budget has the next start, which a `bookStart` asked for, at this time.
    case startBooked(at: Duration)
    case ready
    /// What the process says that it holds of memory. It comes before the frame that said it.
    case measured(residentBytes: UInt64)
    /// Work for a slot that `isFree`; `frame` is what starts it.
    ///
    /// - Parameters:
    ///   - timeout: nil for no limit.
    ///   - grace: what the work is given to end by itself when it is told to.
    case assign(WorkID, timeout: Duration?, grace: Duration = .zero, frame: [UInt8])
    /// There is work for a process that a dormant slot may start.
    case wake
    /// What was decided of this work, its start or its end, is in the store as safely as it must be: its frame may leave.
    /// The end of one work comes before the start of the next.
    case committed(WorkID)
    /// The store is down. What was assigned and has not left never began; a result stays until it is decided again.
    case storeFailed
    /// `Started`, `Progress` or `Heartbeat`.
    case reported(WorkID)
    case result(WorkID)
    /// The worker has not begun the work, and cannot: its process is to be replaced, for this reason.
    case declined(WorkID, String)
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
    /// The process was lost, and the budget of the pool says when the next one may start.
    case bookStart
    case send(Message)
    /// SIGTERM and SIGCONT to the process group.
    case terminate
    /// SIGKILL to the process group.
    case kill
    /// The result is for the work of this slot: decide it.
    case accept(WorkID)
    /// The work ended without a result, and nothing of it runs any more.
    case lost(WorkID, Loss)
  }

  /// A frame for the worker.
  public enum Message: Equatable, Sendable {
    /// With the bytes that came with the assignment.
    case run(WorkID, frame: [UInt8])
    case signal(WorkID, Int32)
    case cancel(WorkID)
    case ack(WorkID)
    case exit
  }

  /// A worker must say `Ready` within this time of its start.
  public static let startLimit = Duration.seconds(10)
  /// A busy worker that sends nothing for this long is taken for dead.
  public static let silenceLimit = Duration.seconds(15)
  /// A worker that ends by itself after `Exit` does so within this time, or it is made to.
  public static let exitLimit = Duration.seconds(2)
  /// So long after the attempt's deadline the worker, which keeps it too, is sent `Cancel`.
  public static let overrunLimit = Duration.seconds(1)
  /// A worker answers a `Cancel` within this time, or it is made to end.
  public static let cancelLimit = Duration.seconds(2)
  /// A process that declines work earlier is taken for a lost one, so that a row of them comes slower and slower.
  public static let declineAge = Duration.seconds(1)
  /// A process that lived this long has proved itself: the next failure is the first.
  public static let quietTime = Duration.seconds(60)

  public internal(set) var state: State
  public internal(set) var plan = Plan.serve
  /// Processes that this slot has lost, planned ends not counted.
  public internal(set) var restarts: Int32 = 0
  /// Why the last process of this slot ended.
  public internal(set) var lastCause = ""
  /// When the present process, or the last one, was started (monotonic time).
  public internal(set) var startedAt = Duration.zero
  /// What the latest process that said `Ready` took to come up.
  public internal(set) var startTime = Duration.zero
  /// Processes that have said `Ready`.
  var readyCount = 0
  /// Processes that were lost before they said `Ready`, or could not be started.
  var failedStarts = 0

  /// What the present process serves, by its id; nil for a fresh one.
  public internal(set) var environment: String?
  /// Since when it does, and when it was last assigned work (monotonic times).
  var servesSince = Duration.zero
  var lastUsed = Duration.zero

  let recycling: Recycling
  /// Whether a process is started only when there is work for it, and ends when there has been none for a while.
  public let isOnDemand: Bool
  /// A random number in `0..<1` of the present process's own.
  var jitter: Double
  /// Of the present process, or of the last one.
  var jobsOfProcess = 0
  var residentBytes: UInt64 = 0
  var isReady = false
  /// Processes lost in a row by no job's fault.
  var failures = 0

  /// - Parameter jitter: a random number in `0..<1`.
  public init(recycling: Recycling = Recycling(), isOnDemand: Bool = false, now: Duration, jitter: Double = 0) {
    self.recycling = recycling
    self.isOnDemand = isOnDemand
    self.jitter = jitter
    state = isOnDemand ? .dormant : .backoff(until: now)
  }
}

extension Slot {
  /// When the slot wants a `timer` event (monotonic time).
  public var deadline: Duration? {
    switch state {
    case .backoff(let until), .cancelling(_, _, let until): until
    case .starting: startedAt + Slot.startLimit
    case .idle: [recycling.age(jitter: jitter).map { startedAt + $0 }, idleEnd].compactMap { $0 }.min()
    case .running(_, let watch):
      watch.cancelsAt.map { min($0, watch.lastReport + Slot.silenceLimit) } ?? watch.lastReport + Slot.silenceLimit
    case .stopping(let end): end.escalation.at
    // Both end when the store has them, whenever that is.
    case .assigned, .finishing: nil
    case .stopped, .dormant: nil
    }
  }

  /// When a process on demand has been idle for long enough.
  var idleEnd: Duration? { isOnDemand ? max(startedAt + startTime, lastUsed) + PoolRules.idleLimit : nil }

  /// Whether there will be a process that takes work.
  public var isComing: Bool {
    guard plan != .stop else { return false }
    return switch state {
    case .starting: true
    case .stopping, .backoff: !isOnDemand
    default: false
    }
  }

  /// Whether there is a process that has not been reaped.
  public var hasProcess: Bool {
    switch state {
    case .backoff, .stopped, .dormant: false
    default: true
    }
  }

  /// Whether the slot may be assigned work: its worker waits for it, or will when the result that was just decided is
  /// committed.
  public var isFree: Bool {
    switch state {
    case .idle: true
    case .finishing(_, next: nil): plan == .serve
    default: false
    }
  }

  /// The work that the slot holds; of two the one that ends first.
  public var work: WorkID? {
    switch state {
    case .assigned(let assignment): assignment.work
    case .running(let work, _), .cancelling(let work, _, _), .finishing(let work, _): work
    case .stopping(let end): end.lost?.work
    case .backoff, .starting, .idle, .stopped, .dormant: nil
    }
  }

  /// The work that is to follow `work`.
  public var nextWork: WorkID? {
    if case .finishing(_, let next?) = state { next.work } else { nil }
  }

  /// All works that the slot has not answered for, or whose result is not committed, in their order.
  public var works: [WorkID] { [work, nextWork].compactMap { $0 } }

  /// Whether the work has left for the worker, which has not answered and is not told to end it.
  public func hasBegun(_ work: WorkID) -> Bool { if case .running(work, _) = state { true } else { false } }

  /// Whether an attempt of this job is about to run here, or may still do so.
  public func mayRun(_ id: String) -> Bool {
    if case .finishing = state { nextWork?.id == id } else { work?.id == id }
  }
}
