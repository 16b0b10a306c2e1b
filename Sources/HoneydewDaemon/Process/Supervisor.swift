internal import Glibc

internal import HoneydewConfig
internal import HoneydewCore
internal import HoneydewRPC
internal import HoneydewStore
internal import HoneydewSystem
internal import HoneydewVault

internal import HoneydewWire

/// The owner of the daemon's state. It decides what each turn's input means, commits, and lets the effects out.
final class Supervisor {
  let loop: EventLoop
  let log: Log
  private(set) var settings: Settings
  let home: Home
  let keySource: KeySource
  let startedAt: Timestamp
  private let startMoment: Duration

  /// nil while the store is down.
  var store: Store?
  /// Failures in a row, until a turn's writes are committed again.
  var storeFailures = 0
  var storeReopensAt: Duration?
  /// What the store's file must still be when it is opened again.
  let storeFileNumber: UInt64
  /// Why the store is down.
  var storeError = ""

  var turn = Turn()
  var jobs: JobBook
  var schedules: ScheduleBook
  /// The wall clock as of the last turn.
  var lastWallNow: Timestamp
  let zones: ZoneBook
  var environments: EnvironmentBook
  let waits = WaitList()
  let statistics = Statistics()
  var sweeper: Sweeper
  /// Results that are decided with the next commit; a failed commit leaves them here.
  var undecided: [(worker: Worker, work: WorkID, result: Honeydew_Worker_Result)] = []
  /// The change of the master key that is under way.
  var rotation: KeyRotation?
  /// Calls without a row that wait for a slot, and those that a worker carries out.
  var waitingCalls: [InternalCall] = []
  var runningCalls: [String: InternalCall] = [:]
  /// What pending and running jobs have had of refreshes, by their ids.
  var authMarks: [String: AuthMarks] = [:]
  /// The environments, by id, whose expired login this turn tells the log.
  var expiredLogins: Set<String> = []

  private(set) var pool: Pool!
  /// What clients asked for and is not done yet.
  var restarts: [WorkerRestart] = []
  var drain: Drain?
  /// Told when the state that clients see in health checks changes.
  var onServingChange: (Bool) -> Void = { _ in }
  /// Reads the configuration again.
  var onReload: () -> Result<Configuration.Reload, ConfigError> = { preconditionFailure("nobody reloads") }
  private var random = StockedRandom()

  init(
    loop: EventLoop, log: Log, settings: Settings, home: Home, store: Store, vault: Vault,
    keySource: KeySource, zones: ZoneBook, worker: ChildProcess.Command
  ) throws(StoreError) {
    self.loop = loop
    self.log = log
    self.settings = settings
    self.home = home
    self.keySource = keySource
    self.store = store
    storeFileNumber = store.fileNumber
    startedAt = Timestamp(milliseconds: loop.wallNow.wholeMilliseconds)
    startMoment = loop.now
    let throttle = Throttle(settings.queue.providerConcurrency)
    jobs = try JobBook(store: store, throttle: throttle, live: [], now: loop.now, wallNow: startedAt)
    schedules = try ScheduleBook(store: store, wallNow: startedAt)
    lastWallNow = startedAt
    self.zones = zones
    sweeper = Sweeper(retention: settings.queue.retention, now: loop.now)
    environments = try EnvironmentBook(store: store, vault: vault)
    pool = Pool(
      settings: settings, command: worker, loop: loop, log: log,
      decisions: Pool.Decisions(
        accept: { [unowned self] in accept($0, $1, $2) },
        lose: { [unowned self] in lose($0, $1) },
        later: { [unowned self] in turn.always($0) },
        jitter: { [unowned self] in jitter() }))
    // A turn is all that it takes.
    loop.onClockSet = {}
  }

  var now: Duration { loop.now }
  var uptime: Duration { now - startMoment }
  var wallNow: Timestamp { Timestamp(milliseconds: loop.wallNow.wholeMilliseconds) }

  /// Goes on with other settings, of which only what `SettingKey` calls live may differ.
  func apply(_ settings: Settings) {
    self.settings = settings
    jobs.throttle.concurrency = settings.queue.providerConcurrency
    sweeper.retention = settings.queue.retention
  }

  func jitter() -> Double { Double.random(in: 0..<1, using: &random) }

  func newID() -> String { randomID(using: &random) }

  /// The second half of a turn, after the loop has delivered its input.
  func finishTurn() {
    advanceRestarts()
    pool.checkDeadlines()
    reopenStoreIfDue()
    sweep()
    refreshInTheBackground()
    runSchedules()
    dispatch()
    advanceDrain()
    commit()
  }

  /// When a turn is wanted though nothing arrives (monotonic time).
  var deadline: Duration? {
    var deadline = earlier(pool.deadline, earlier(storeReopensAt, drain?.deadline))
    if store != nil { deadline = earlier(deadline, sweeper.deadline) }
    guard mayDispatch else { return deadline }
    if isDispatchUnfinished { deadline = earlier(deadline, now) }
    deadline = earlier(deadline, earlier(jobs.queue.nextBackoffEnd, backgroundRefresh?.notBefore))
    return jobs.queue.count > 0 ? earlier(deadline, jobs.throttle.nextRestEnd(after: now)) : deadline
  }

  /// The same on the wall clock.
  var wallDeadline: Timestamp? {
    let dispatch = mayDispatch ? earlier(jobs.queue.nextAppointment, backgroundRefresh?.due) : nil
    return store != nil && drain == nil ? earlier(dispatch, schedules.queue.earliest) : dispatch
  }

  /// A busy pool asks by itself when it has room for what has come due.
  private var mayDispatch: Bool {
    store != nil && drain == nil && pool.workers.contains(where: \.isIdle)
  }

  /// The dispatch of this turn stopped at its limit of refused jobs, or was put off.
  var isDispatchUnfinished = false

  /// Commits what the turn has decided, and lets its effects out: all of them, or those that do not depend on the store.
  private func commit() {
    var isCommitted = true
    do throws(StoreError) {
      var writes = jobs.writes
      writes += schedules.writes
      writes += turn.writes
      if let store {
        if !writes.isEmpty {
          CrashPoint.beforeCommit.pass()
          // A refused write means that memory and disk disagree, as after a failed commit.
          for error in try store.commit(writes, durable: turn.isDurable).values { throw error }
          storeFailures = 0
          CrashPoint.afterCommit.pass()
        } else if turn.isDurable {
          try store.sync()
        }
      } else {
        isCommitted = writes.isEmpty && !turn.isDurable
      }
      jobs.forgetChanges(areCommitted: store != nil)
      schedules.forgetChanges()
    } catch {
      isCommitted = false
      storeFailed(error)
    }
    while !turn.isEmpty {
      var done = turn
      turn = Turn()
      done.run(committed: isCommitted)
    }
  }
}
