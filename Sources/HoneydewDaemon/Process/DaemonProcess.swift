internal import Glibc
internal import HoneydewConfig
internal import HoneydewCore
internal import HoneydewMessages
internal import HoneydewRPC
internal import HoneydewStore
internal import HoneydewSystem
internal import HoneydewVault

/// The daemon's life, from the lock to the last file that it removes.
final class DaemonProcess {
  /// What the daemon runs with.
  var configuration: Configuration
  /// Reads the configuration from where it was read at the start.
  let load: () throws(ConfigError) -> Configuration
  let log: Log
  let loop: EventLoop
  private let lock: LockFile
  let supervisor: Supervisor
  private let health = HealthService()
  let listener: Listener
  let service: ServiceReporter
  let logKeeper: LogKeeper
  private var memory = MemoryReturn()
  private var signals: SignalSource?
  /// What health checks say.
  private var isServing = false

  /// Starts in the order of the seeds: lock, database, recovery, pool, socket, service, pid file.
  ///
  /// - Parameter lock: the home's, which this process holds.
  init(
    home: Home, lock: LockFile, configuration: Configuration,
    load: @escaping () throws(ConfigError) -> Configuration, log: Log
  ) throws {
    self.configuration = configuration
    self.load = load
    let settings = configuration.settings
    self.log = log.of(.daemon)
    service = ServiceReporter(ServiceManager.fromEnvironment(), log: self.log)
    try Process.setDumpable(false)
    try Process.becomeSubreaper()
    try Self.raiseDescriptorLimit(settings, log: self.log)
    try Files.makeDirectory(home.results)
    try Files.makeDirectory(home.output)
    self.lock = lock
    loop = try EventLoop()
    logKeeper = LogKeeper(log, settings.logging) { [loop] in Timestamp(milliseconds: loop.wallMilliseconds) }
    let marker = try Files.realPath(home.directory)
    CrashPoint.recovery.pass()
    try Self.killSurvivors(marker: marker, log: self.log)
    CrashPoint.recovery.pass()
    let wallNow = Timestamp(milliseconds: loop.wallMilliseconds)
    service.starting("opening the database")
    Store.useOneThread()
    try LostDatabase.check(settings.storage.databasePath, home)
    try DamageMark(besides: settings.storage.databasePath).verify(
      whileReading: { [service] in service.starting("reading a database that was found to be damaged") },
      log: log.of(.store))
    let room = DiskRoom(besides: settings.storage.databasePath, log: log)
    let store = try Self.openStore(settings.storage.databasePath, room, loop) { [service] in
      service.starting("bringing the database to the present schema")
    }
    CrashPoint.recovery.pass()
    let keySource = KeySource(home: home)
    let vault = try Vault.open(keySource, store: store)
    CrashPoint.recovery.pass()
    try store.registerFirstEnvironments(endpoint: settings.api.graphqlEndpoint, now: wallNow)
    CrashPoint.recovery.pass()
    try removeStrayResults(in: home.results, store: store, log: self.log)
    try OutputPlace(home.output).removeStrays(store: store, log: self.log)
    CrashPoint.recovery.pass()
    supervisor = try Supervisor(
      loop: loop, log: log, settings: settings, home: home, store: store, vault: vault,
      keySource: keySource, zones: ZoneBook(.fromEnvironment()),
      worker: WorkerCommand(
        path: try workerPath(settings), marker: marker, settings: settings.worker, outputDirectory: home.output,
        usesProxy: settings.api.useProxy), marker: marker, room: room)
    var router = Router()
    router.add(DaemonService(supervisor))
    router.add(health)
    router.addReflection()
    router.refusal = DaemonService.refusal(supervisor)
    listener = try Listener(
      options: supervisor.options, router: router, loop: loop, log: log,
      isWorker: { [workers = supervisor.workers] in workers.hasStarted($0) })
    CrashPoint.recovery.pass()
    writeProcessID()
    CrashPoint.recovery.pass()
    signals = try SignalSource([SIGTERM, SIGINT, SIGCHLD, SIGHUP, SIGUSR1], on: loop) { [unowned self] in receive($0) }
    supervisor.connectionTrouble = { [unowned self] in listener.trouble }
    supervisor.onReload = { [unowned self] in reload() }
    tellServing()
  }

  /// Opens the database; on a full disk with the room that was kept for it.
  private static func openStore(
    _ path: String, _ room: DiskRoom, _ loop: EventLoop, whileMigrating tick: @escaping () -> Void
  ) throws(StoreError) -> Store {
    let open = { () throws(StoreError) in
      let store = try Store(
        path: path, now: Timestamp(milliseconds: loop.wallMilliseconds), whileMigrating: tick)
      try store.adoptLog()
      room.begin(now: loop.now)
      return store
    }
    room.makeRoomForStart(now: loop.now)
    do throws(StoreError) {
      return try open()
    } catch {
      guard error.code == .full else { throw error }
      room.giveUp(now: loop.now)
      return try open()
    }
  }

  /// For people and their tools: the daemon itself needs no such file.
  private func writeProcessID() {
    let file = configuration.settings.daemon.pidFile
    do throws(Errno) {
      try Files.writeAtomically(Array("\(getpid())\n".utf8), to: file, mode: 0o644)
    } catch {
      log.warn("the file with the process id cannot be written", ["error": .string("\(error)")])
    }
  }

  /// Runs until the daemon has been told to stop and has drained.
  func run() throws(Errno) {
    log.info(
      "daemon started",
      [
        "version": .string(HoneydewVersion.current), "pid": .int(Int(getpid())),
        "socket": .string(configuration.settings.daemon.socketPath),
      ])
    service.ready(now: loop.now)
    finishTurn()
    while !supervisor.isDrained {
      try loop.turn(by: deadline, wallBy: supervisor.wallDeadline.map { .milliseconds($0.milliseconds) })
      finishTurn()
    }
    try leave()
  }

  /// When a turn is wanted though nothing arrives (monotonic time).
  private var deadline: Duration? {
    earlier(earlier(supervisor.deadline, memory.lookAt), earlier(service.deadline, logKeeper.deadline))
  }

  private func finishTurn() {
    supervisor.finishTurn()
    CrashPoint.beforeReplies.pass()
    listener.flush()
    tellServing()
    let stoppingTime = supervisor.drain.isDraining ? configuration.settings.queue.shutdownTimeout : nil
    service.turnCompleted(now: loop.now, stoppingTime: stoppingTime) { [supervisor] in supervisor.serviceStatus }
    logKeeper.step(now: loop.now)
    if memory.isDue(traffic: loop.traffic + listener.budget.released, at: loop.now) { Process.giveMemoryBack() }
  }

  private func receive(_ delivery: SignalSource.Delivery) {
    switch delivery.signal {
    case SIGCHLD: supervisor.turn.plan(.reapOrphans, when: .always)
    case SIGUSR1: reopenLog()
    case SIGHUP: _ = reload()
    default: supervisor.drain.begin(reason: signalName(delivery.signal))
    }
  }

  private func reopenLog() {
    do throws(Errno) {
      try log.reopen()
      log.info("log reopened")
    } catch {
      log.error("log cannot be reopened; the old file stays in use", ["error": .string("\(error)")])
    }
  }

  private func tellServing() {
    guard supervisor.isServing != isServing else { return }
    isServing = supervisor.isServing
    health.set(service: "", serving: isServing)
    health.set(service: "honeydew.Daemon", serving: isServing)
  }

  /// Ends the connections of clients, within a second, and removes the files that only a running daemon has.
  private func leave() throws(Errno) {
    supervisor.leave()
    health.shutDown()
    listener.shutDown()
    listener.flush()
    let limit = loop.now + .seconds(1)
    let timer = loop.schedule(at: limit) {}
    while !listener.links.isEmpty, loop.now < limit {
      try loop.turn()
      listener.flush()
    }
    loop.cancel(timer)
    CrashPoint.leaving.pass()
    listener.removeFile()
    _ = try? Files.remove(configuration.settings.daemon.pidFile)
    log.info("daemon stopped")
    log.flush()
  }

  /// A daemon that gets fewer descriptors than it may need goes on: it lets connections wait when there is none left. It
  /// does not where nobody could connect at all.
  private static func raiseDescriptorLimit(_ settings: Settings, log: Log) throws {
    let needed = settings.descriptorsNeeded
    try Process.raiseDescriptorLimit(to: needed)
    let granted = Process.descriptorLimit
    let least = DescriptorNeed.least(workers: settings.queue.workers)
    guard granted >= UInt64(least) else {
      throw StartupError(
        "this process may open \(granted) files and sockets, and with \(settings.queue.workers) workers it needs at least "
          + "\(least), and \(needed) when all its connections are taken; raise the hard limit (LimitNOFILE= of the unit, "
          + "ulimit -Hn)", exitStatus: EX_CONFIG)
    }
    guard granted < UInt64(needed) else { return }
    log.warn(
      "fewer descriptors than all connections may need; raise the hard limit (LimitNOFILE=, ulimit -Hn)",
      ["limit": .int(Int(granted)), "needed": .int(needed)])
  }

  /// Kills what an earlier daemon of this home has left running.
  private static func killSurvivors(marker: String, log: Log) throws {
    let (killed, remaining) = try ProcessTable.killSurvivors(marker: marker, patience: .seconds(5))
    for pid in killed { log.warn("survivor of an earlier daemon killed", ["pid": .int(Int(pid))]) }
    guard remaining.isEmpty else {
      let pids = remaining.map(String.init).joined(separator: ", ")
      throw StartupError("processes of an earlier daemon do not end: \(pids). Look at them with ps, then start again")
    }
  }
}
