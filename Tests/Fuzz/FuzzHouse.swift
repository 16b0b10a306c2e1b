import CLinux
import Glibc
import HoneydewCore
import HoneydewStore

@testable import HoneydewConfig
@testable import HoneydewDaemon
@testable import HoneydewSystem
@testable import HoneydewVault

/// The owners of a daemon around a store, as `Supervisor` joins them, with a clock that stands still and a disk that is
/// prompt. The processes of the workers are the input's own.
final class FuzzHouse {
  let clock = FuzzClock()
  let loop: EventLoop
  let turn: Turn
  let gate: StoreGate
  let jobs: JobBook
  let schedules: ScheduleBook
  let auth: AuthDesk
  let workers: WorkerDesk
  let inbox = Inbox()
  let drain: DrainDesk
  let jobDesk: JobDesk
  let restarts: RestartDesk
  /// A worker's process is to start, or to be sent signals.
  var onSpawn: (Worker) -> Void = { _ in }
  var onSignal: (Worker, [Int32]) -> Void = { _, _ in }
  private var interpreter: Interpreter!
  private var runner: TurnRunner!
  private var owners: [any TurnOwner] = []

  init(_ store: Store, _ place: FuzzPlace) throws {
    let (settings, home) = (place.settings, place.home)
    let log = place.log
    let loop = try EventLoop()
    (self.loop, clock.now) = (loop, loop.now)
    let turn = Turn(clock: clock)
    self.turn = turn
    let options = LiveSettings(settings)
    var ids = 0
    let newID = {
      ids += 1
      return "new\(ids)aaaaaaaaaa"
    }
    let results = ResultPlace(home.results, log: log)
    workers = WorkerDesk(
      options: options,
      command: WorkerCommand(path: "", marker: "", settings: settings.worker, outputDirectory: "", usesProxy: false),
      results: results, turn: turn,
      inbox: inbox, loop: loop, log: log, jitter: { 0.5 })
    gate = StoreGate(
      store, turn: turn, disk: PromptDisk(), room: DiskRoom(besides: store.path, log: log), log: log, jitter: { 0.5 })
    drain = DrainDesk(turn: turn, workers: workers, options: options)
    jobs = JobBook(turn: turn, gate: gate, throttle: Throttle(settings.queue.providerConcurrency))
    schedules = ScheduleBook(turn: turn, gate: gate)
    auth = AuthDesk(
      try EnvironmentBook(store: store, vault: place.vault), turn: turn, options: options, newID: newID,
      jitter: { 0.5 })
    let steps = StepQueue(turn: turn, gate: gate, isStopping: { false }, stopwatch: { .zero })
    let keys = KeyDesk(
      turn: turn, loop: loop, jobs: jobs, schedules: schedules, auth: auth, steps: steps, workers: workers,
      drain: drain,
      source: .file(home.masterKey), home: home)
    let waits = WaitList(turn: turn, gate: gate, jobs: jobs, steps: steps, stopwatch: { .zero })
    let outputs = OutputDesk(turn: turn, workers: workers, loop: loop, directory: home.output)
    jobDesk = JobDesk(turn: turn, jobs: jobs, workers: workers)
    let submissions = SubmissionDesk(
      turn: turn, jobs: jobs, auth: auth, keys: keys, options: options, pools: [PoolRules.api],
      newID: newID)
    let zones = ZoneBook(.fromEnvironment())
    let zoneDesk = ZoneDesk(turn: turn, gate: gate, zones: zones, book: schedules, loop: loop)
    let scheduleDesk = ScheduleDesk(
      turn: turn, gate: gate, book: schedules, jobs: jobs, jobDesk: jobDesk, submissions: submissions, keys: keys,
      zones: zones, drain: drain)
    restarts = RestartDesk(turn: turn, workers: workers, auth: auth, drain: drain)
    let recovery = Recovery(
      turn: turn, gate: gate, jobs: jobs, schedules: schedules, zones: zoneDesk, auth: auth, keys: keys,
      workers: workers,
      inbox: inbox, waits: waits)
    interpreter = Interpreter(turn: turn, workers: workers, statistics: Statistics(), log: log, home: home)
    runner = TurnRunner(
      turn: turn, gate: gate, rows: [jobs, schedules], inbox: inbox, reload: { recovery.reload() },
      carryOut: { [unowned self] in carryOut($0) }, discard: { [unowned self] in interpreter.discard($0, $1) })
    owners = [
      workers, gate, recovery, drain, restarts, keys,
      AttemptDesk(
        turn: turn, gate: gate, inbox: inbox, jobs: jobs, auth: auth, workers: workers, results: results,
        jitter: { 0.5 }),
      steps, waits, Retention(turn: turn, gate: gate, jobs: jobs, desk: jobDesk, steps: steps, options: options),
      scheduleDesk,
      Dispatcher(
        turn: turn, gate: gate, jobs: jobs, auth: auth, keys: keys, workers: workers, drain: drain, options: options,
        jitter: { 0.5 }),
      EventDesk(turn: turn, auth: auth, waits: waits, outputs: outputs),
    ]
    try jobs.load(from: store, live: [])
    try schedules.load(from: store)
  }

  /// Reads what has arrived, and ends the turn.
  func finishTurn() {
    do throws(Errno) {
      try loop.turn(by: .zero)
    } catch {
      fail("the loop cannot turn: \(error)")
    }
    for owner in owners { owner.step() }
    runner.finish()
    workers.flush()
  }

  /// The house's time goes on to the next deadline, at most by so much.
  func wait(atMost limit: Duration) {
    let deadlines = owners.compactMap(\.deadline)
    let step = min(max(.milliseconds(1), (deadlines.min() ?? clock.now + limit) - clock.now), limit)
    clock.pass(step)
  }

  private func carryOut(_ effect: Effect) {
    switch effect {
    case .spawn(let worker): onSpawn(worker)
    case .signal(let worker, let signals): onSignal(worker, signals)
    // They are children of the fuzzer.
    case .endOrphans, .reapOrphans: break
    default: interpreter.carryOut(effect)
    }
  }
}

final class FuzzClock: Clocks {
  var now = Duration.zero
  var wallMilliseconds: Int64 = 1_774_738_800_000

  func pass(_ time: Duration) {
    now += time
    wallMilliseconds += time.wholeMilliseconds
  }
}

/// A disk that has always done what it was asked.
private final class PromptDisk: Disk {
  var onAnswer: (LogCopyAnswer) -> Void = { _ in }
  var onCopierEnd: () -> Void = {}
  let hasSyncer = false
  let isCopierDying = false

  func sync(log: Int32, _ directory: String?) -> DiskResult { DiskResult(failure: nil, took: .zero) }
  func beginSync(log: Int32, _ directory: String?, onDone: @escaping (DiskResult) -> Void) {
    onDone(sync(log: log, directory))
  }
  func ask(_ request: LogCopier.Request) -> String? { "the log stays as it is" }
  func killCopier() {}
  func stop() {}
}

/// A directory in memory with a home in it, for the life of the process.
final class FuzzPlace {
  let home: Home
  let settings: Settings
  let log: Log
  let vault: Vault

  init() throws {
    var template = Array("/dev/shm/honeydew-fuzz-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else { fail("there is no directory in /dev/shm") }
    home = try Home(template.withUnsafeBufferPointer { String(cString: $0.baseAddress!) })
    try Files.makeDirectory(home.results)
    var settings = Settings(home: home)
    settings.queue.workers = 2
    settings.queue.diagnostics = true
    settings.pools = [:]
    self.settings = settings
    log = Log(try .file("/dev/null"))
    vault = Vault(try SecretKey.random())
  }

  /// Puts these bytes in the place of the database.
  func putDatabase(_ bytes: [UInt8]) {
    for end in ["-wal", "-shm"] { _ = unlink(home.database + end) }
    let descriptor = open(home.database, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
    demand(descriptor >= 0 && write(descriptor, bytes, bytes.count) == bytes.count, "no room in \(home.database)")
    close(descriptor)
  }

  func remove() {
    for name in (try? Files.list(home.results)) ?? [] { _ = unlink("\(home.results)/\(name)") }
    _ = rmdir(home.results)
    for name in (try? Files.list(home.directory)) ?? [] { _ = unlink("\(home.directory)/\(name)") }
    _ = rmdir(home.directory)
  }
}
