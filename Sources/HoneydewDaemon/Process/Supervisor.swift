internal import HoneydewConfig
internal import HoneydewCore
internal import HoneydewStore
internal import HoneydewSystem
internal import HoneydewVault

/// The daemon's state: its owners, and how they know each other. In each turn of the loop all of them decide, what they
/// have decided is committed, and then its effects leave.
final class Supervisor {
  let log: Log
  let options: LiveSettings
  let home: Home
  let startedAt: Timestamp
  private let startMoment: Duration
  let loop: EventLoop
  private(set) var longestTurn = LongestTurn()

  let turn: Turn
  let gate: StoreGate
  let jobs: JobBook
  let schedules: ScheduleBook
  let auth: AuthDesk
  let keys: KeyDesk
  let workers: WorkerDesk
  let results: ResultPlace
  let drain: DrainDesk
  let steps: StepQueue
  let waits: WaitList
  let outputs: OutputDesk
  let restarts: RestartDesk
  let jobDesk: JobDesk
  let submissions: SubmissionDesk
  let scheduleDesk: ScheduleDesk
  let scheduleChanges: ScheduleChanges
  let zones: ZoneBook
  let zoneDesk: ZoneDesk
  let statistics = Statistics()
  let newID: () -> String
  private let runner: TurnRunner
  /// The owners that take steps, in the order in which they do.
  private let owners: [any TurnOwner]
  private let wallClockOwners: [any WallClockOwner]

  /// Why nobody can connect; nil when all is well.
  var connectionTrouble: () -> String? = { nil }
  /// Reads the configuration again.
  var onReload: () -> Result<Reloaded, ConfigError> = { preconditionFailure("nobody reloads") }

  init(
    loop: EventLoop, log: Log, settings: Settings, home: Home, store: Store, vault: Vault,
    keySource: KeySource, zones: ZoneBook, worker: WorkerCommand, marker: String, room: DiskRoom
  ) throws(StoreError) {
    self.log = log
    self.loop = loop
    self.home = home
    self.zones = zones
    let random = RandomSource()
    newID = random.id
    options = LiveSettings(settings)
    turn = Turn(clock: loop)
    startedAt = turn.wallNow
    startMoment = turn.now
    let inbox = Inbox()
    results = ResultPlace(home.results, log: log)
    workers = WorkerDesk(
      options: options, command: worker, results: results, turn: turn, inbox: inbox, loop: loop, log: log,
      jitter: random.fraction)
    let copier = LogCopier(path: store.path, fileNumber: store.fileNumber, marker: marker, on: loop)
    gate = StoreGate(
      store, turn: turn, disk: RealDisk(copier: copier, workers: workers, loop: loop, log: log), room: room, log: log,
      jitter: random.fraction)
    drain = DrainDesk(turn: turn, workers: workers, options: options)
    jobs = JobBook(turn: turn, gate: gate, throttle: Throttle(settings.queue.providerConcurrency))
    schedules = ScheduleBook(turn: turn, gate: gate)
    auth = AuthDesk(
      try EnvironmentBook(store: store, vault: vault), turn: turn, options: options, newID: newID,
      jitter: random.fraction)
    steps = StepQueue(
      turn: turn, gate: gate, isStopping: { [drain] in drain.isImpatient }, stopwatch: Clock.monotonic)
    keys = KeyDesk(
      turn: turn, loop: loop, jobs: jobs, schedules: schedules, auth: auth, steps: steps, workers: workers,
      drain: drain,
      source: keySource, home: home)
    waits = WaitList(turn: turn, gate: gate, jobs: jobs, steps: steps, stopwatch: Clock.monotonic)
    outputs = OutputDesk(turn: turn, workers: workers, loop: loop, directory: home.output)
    jobDesk = JobDesk(turn: turn, jobs: jobs, workers: workers)
    submissions = SubmissionDesk(
      turn: turn, jobs: jobs, auth: auth, keys: keys, options: options,
      pools: Set(workers.pools.map(\.name)), newID: newID)
    scheduleDesk = ScheduleDesk(
      turn: turn, gate: gate, book: schedules, jobs: jobs, jobDesk: jobDesk, submissions: submissions, keys: keys,
      zones: zones, drain: drain)
    scheduleChanges = ScheduleChanges(
      turn: turn, book: schedules, submissions: submissions, keys: keys, zones: zones, newID: newID)
    zoneDesk = ZoneDesk(turn: turn, gate: gate, zones: zones, book: schedules, loop: loop)
    restarts = RestartDesk(turn: turn, workers: workers, auth: auth, drain: drain)
    let recovery = Recovery(
      turn: turn, gate: gate, jobs: jobs, schedules: schedules, zones: zoneDesk, auth: auth, keys: keys,
      workers: workers,
      inbox: inbox, waits: waits)
    let interpreter = Interpreter(turn: turn, workers: workers, statistics: statistics, log: log, home: home)
    runner = TurnRunner(
      turn: turn, gate: gate, rows: [jobs, schedules], inbox: inbox, reload: recovery.reload,
      carryOut: interpreter.carryOut, discard: interpreter.discard)
    owners = [
      workers, gate, recovery, drain, restarts, keys,
      AttemptDesk(
        turn: turn, gate: gate, inbox: inbox, jobs: jobs, auth: auth, workers: workers, results: results,
        jitter: random.fraction),
      steps, waits, outputs,
      Retention(turn: turn, gate: gate, jobs: jobs, desk: jobDesk, steps: steps, options: options),
      zoneDesk, scheduleDesk,
      Dispatcher(
        turn: turn, gate: gate, jobs: jobs, auth: auth, keys: keys, workers: workers, drain: drain, options: options,
        jitter: random.fraction),
      EventDesk(turn: turn, auth: auth, waits: waits, outputs: outputs),
    ]
    wallClockOwners = owners.compactMap { $0 as? any WallClockOwner }
    let recovered = try jobs.load(from: store, live: [])
    turn.log(.info, .queue, "jobs recovered", recovered.fields)
    try schedules.load(from: store)
    try zoneDesk.load(from: store)
    // A turn is all that it takes.
    loop.onClockSet = {}
  }

  var uptime: Duration { turn.now - startMoment }

  /// Whether clients are served.
  var isServing: Bool { gate.store != nil && !drain.isDraining }

  /// Goes on with other settings, of which only what `SettingKey` calls live may differ.
  func apply(_ settings: Settings) {
    options.apply(settings)
    jobs.throttle.concurrency = settings.queue.providerConcurrency
  }

  /// The second half of a turn, after the loop has delivered its input.
  func finishTurn() {
    longestTurn.note(loop.lastTurn, at: turn.now)
    for owner in owners { owner.step() }
    runner.finish()
    workers.flush()
  }

  /// When a turn is wanted though nothing arrives (monotonic time).
  var deadline: Duration? {
    turn.isEmpty || !gate.mayCommit ? owners.reduce(nil) { earlier($0, $1.deadline) } : turn.now
  }

  /// The same on the wall clock.
  var wallDeadline: Timestamp? { wallClockOwners.reduce(nil) { earlier($0, $1.wallDeadline) } }

  /// Whether every worker is gone, and what they left is committed, and clients have the answers to what they asked for
  /// before.
  var isDrained: Bool {
    drain.isDraining && workers.isStopped && runner.isIdle && steps.isEmpty
  }

  /// Tells the clients that wait that they are not served any more, and closes the store.
  func leave() {
    waits.failAll(.shuttingDown)
    outputs.failAll(.shuttingDown)
    gate.close()
  }
}
