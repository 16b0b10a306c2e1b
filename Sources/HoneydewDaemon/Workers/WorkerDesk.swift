internal import Glibc
internal import HoneydewConfig
internal import HoneydewCore
internal import HoneydewFrames
internal import HoneydewSystem

/// The workers of all pools: it starts processes, carries frames and signals, and asks each `Slot` what to do. What workers
/// answer, and work that is lost, goes into the inbox.
final class WorkerDesk: TurnOwner {
  /// `api` first, then `exec`, then the others by name.
  let pools: [Pool]
  /// The workers of all pools, in their order.
  private(set) var all: [Worker]
  private let turn: Turn
  private let inbox: Inbox
  private let loop: EventLoop
  private let log: Log
  private let command: WorkerCommand
  private let options: LiveSettings
  private let results: ResultPlace
  private let jitter: () -> Double
  private let orphans: Orphans
  /// Of each process that calls the API, in MiB.
  private let memoryLimit: Int
  private let sandbox: SandboxMode
  /// The workers whose process could not be started.
  private var failedStarts: [Worker] = []
  /// The pids of children that are no workers.
  var helpers: Set<Int32> = []

  /// - Parameters:
  ///   - command: how a worker is started, all but its channel and the limit of its files.
  ///   - jitter: a random number in `0..<1`.
  init(
    options: LiveSettings, command: WorkerCommand, results: ResultPlace, turn: Turn, inbox: Inbox,
    loop: EventLoop,
    log: Log, jitter: @escaping () -> Double
  ) {
    let settings = options.settings
    let api = Pool(name: PoolRules.api, size: settings.queue.workers) {
      Slot(recycling: settings.worker.recycling, now: turn.now, jitter: jitter())
    }
    let others = settings.pools.sorted {
      $0.key == PoolRules.exec || $1.key != PoolRules.exec && $0.key < $1.key
    }
    pools =
      [api]
      + others.map { name, size in
        Pool(name: name, size: size) {
          Slot(
            recycling: settings.worker.recycling, isOnDemand: true, now: turn.now, jitter: jitter())
        }
      }
    all = pools.flatMap(\.workers)
    memoryLimit = settings.worker.memoryLimitMegabytes
    sandbox = settings.worker.sandbox
    self.command = command
    self.options = options
    self.results = results
    self.turn = turn
    self.inbox = inbox
    self.loop = loop
    self.log = log.of(.worker)
    self.jitter = jitter
    orphans = Orphans(log: self.log)
    orphans.isKnown = { [unowned self] pid in helpers.contains(pid) || all.contains { $0.process?.pid == pid } }
  }

  /// The earliest deadline of a slot.
  var deadline: Duration? {
    failedStarts.isEmpty ? all.reduce(nil) { earlier($0, $1.deadline) } : turn.now
  }

  func step() {
    let failed = failedStarts
    failedStarts = []
    for worker in failed { apply(.spawnFailed(jitter: jitter()), to: worker) }
    if pools.count(where: { $0.shrink() }) > 0 { all = pools.flatMap(\.workers) }
    for worker in all {
      guard let deadline = worker.deadline, deadline <= turn.now else { continue }
      worker.channel?.checkDeadline(now: turn.now)
      if let deadline = worker.slot.deadline, deadline <= turn.now { apply(.timer, to: worker) }
    }
  }

  // MARK: questions

  /// The pool that carries out calls of the API.
  var api: Pool { pools[0] }

  func pool(named name: String) -> Pool? { pools.first { $0.name == name } }

  /// The workers that people have to do with: all but those whose process nobody needs.
  var shown: [Worker] { all.filter { $0.slot.state != .dormant } }

  var hasFreeWorker: Bool { all.contains(where: \.isFree) }
  /// Whether a process could be started for work that comes.
  var hasDormantWorker: Bool { all.contains { $0.slot.state == .dormant } }
  var isStopped: Bool { all.allSatisfy { $0.slot.state == .stopped } }

  /// The attempts and calls that workers hold.
  var liveWork: Set<WorkID> { Set(all.flatMap(\.slot.works)) }

  func worker(with work: WorkID) -> Worker? { all.first { $0.slot.works.contains(work) } }

  /// Whether an attempt of this job may still run.
  func mayRun(_ id: String) -> Bool { all.contains { $0.slot.mayRun(id) } }

  /// Whether a process is a worker's, or descends from one that calls the API. What a local command has started may do what
  /// the daemon's user may.
  func hasStarted(_ pid: Int32) -> Bool {
    if all.contains(where: { $0.process?.pid == pid }) { return true }
    var pid = pid
    // As deep as processes are nested in practice; a loop of pids that are given again ends, too.
    for _ in 0..<16 {
      guard let parent = ProcessTable.parent(of: pid), parent > 1 else { return false }
      if api.workers.contains(where: { $0.process?.pid == parent }) { return true }
      pid = parent
    }
    return false
  }

  /// What a process takes to come up, by the slowest of the present ones.
  var startTime: Duration { all.lazy.map(\.slot.startTime).max() ?? .zero }

  // MARK: decisions

  /// - Parameter answer: what the worker sent, when the event is its result.
  func apply(_ event: Slot.Event, to worker: Worker, answer: Honeydew_Worker_Result? = nil) {
    for action in worker.slot.handle(event, now: turn.now) {
      switch action {
      case .accept(let work):
        worker.jobsDone += 1
        if let answer {
          inbox.add(
            WorkerInput(work, .result(worker, answer, file(of: answer, worker), after: turn.now - worker.workBegan)))
        }
      case .lost(let work, let loss): lose(work, loss, of: worker)
      case .spawn: turn.plan(.spawn(worker), when: .always)
      case .bookStart: apply(.startBooked(at: worker.pool.bookStart(at: turn.now)), to: worker)
      case .send(let message): turn.plan(.send(worker, message), when: .always)
      case .terminate: turn.plan(.signal(worker, [SIGTERM, SIGCONT]), when: .always)
      case .kill: turn.plan(.signal(worker, [SIGKILL]), when: .always)
      }
    }
  }

  /// Starts processes for work that waits for them.
  ///
  /// - Parameter count: for how many jobs there is no process.
  func wake(_ count: Int, in pool: Pool) {
    for worker in pool.workers.lazy.filter({ $0.slot.state == .dormant }).prefix(max(0, count)) {
      apply(.wake, to: worker)
    }
  }

  /// Changes how many workers a pool may have. Those that are too many end after their present jobs.
  func resize(_ pool: Pool, to size: Int) {
    let (leaving, staying) = pool.resize(to: size)
    all = pools.flatMap(\.workers)
    for worker in leaving { apply(.stop, to: worker) }
    for worker in staying { apply(.start, to: worker) }
  }

  private func lose(_ work: WorkID, _ loss: Slot.Loss, of worker: Worker) {
    let duration = loss == .neverBegan ? .zero : turn.now - worker.workBegan
    inbox.add(WorkerInput(work, .lost(loss, after: duration)))
  }

  // MARK: effects

  /// What was decided of this work, its start or its end, is stored: its frame leaves.
  func committed(_ work: WorkID, of worker: Worker) {
    settle(.committed(work), of: worker)
  }

  /// The cancellation of this work is stored: it is not wanted any more.
  func stopAttempt(_ work: WorkID, of worker: Worker) {
    settle(.cancel(work), of: worker)
  }

  /// The turn is lost that gave the worker this work, which therefore never began.
  func takeBack(_ work: WorkID, from worker: Worker) {
    if worker.slot.works.contains(work) { settle(.storeFailed, of: worker) }
  }

  /// Carries out what a slot answers when its turn is committed or lost.
  private func settle(_ event: Slot.Event, of worker: Worker) {
    for action in worker.slot.handle(event, now: turn.now) {
      switch action {
      case .send(let message): send(message, to: worker)
      case .lost(let work, let loss): lose(work, loss, of: worker)
      case .spawn, .bookStart, .terminate, .kill, .accept:
        preconditionFailure("a slot wants \(action) after its turn")
      }
    }
  }

  func send(_ message: Slot.Message, to worker: Worker) {
    if case .run = message {
      worker.workBegan = turn.now
      // What a local command has to say goes to files of its own.
      if !worker.pool.isOnDemand { lendFile(to: worker) }
    }
    worker.channel?.queue(message)
  }

  /// Has the next `Run` bring a file for a large result, unless the process has one. Without it the process does what it
  /// can.
  private func lendFile(to worker: Worker) {
    guard worker.resultFile == nil, let channel = worker.channel else { return }
    do throws(Errno) {
      let file = try results.lend()
      channel.pass(try file.descriptor.duplicate())
      worker.resultFile = file
    } catch {
      log.error(
        "a worker has no file for a large result",
        ["worker_id": .int(worker.number), "pool": .string(worker.pool.name), "error": .string("\(error)")])
    }
  }

  /// The file that a spooled answer is in; the process has let go of it.
  private func file(of answer: Honeydew_Worker_Result, _ worker: Worker) -> LentFile? {
    guard case .spooled = answer.outcome else { return nil }
    return worker.resultFile.take()
  }

  /// Sends the frames of this turn: those for one worker, such as an `Ack` and the next `Run`, in one write.
  func flush() {
    for worker in all { worker.channel?.flush() }
  }

  func reapOrphans() {
    orphans.reap()
  }

  func endOrphans() {
    orphans.killAll()
    orphans.reap()
  }

  func spawn(_ worker: Worker) {
    do throws(Errno) {
      let pair = try UnixSocket.pair()
      var command = worker.pool.isOnDemand ? command.exec : command.api
      let words = try UnixSocket.pair()
      command.channel = pair.theirs.fileNumber
      (command.output, command.error) = (words.theirs.fileNumber, words.theirs.fileNumber)
      if !worker.pool.isOnDemand {
        // A reload may have changed it.
        command.arguments += ["--file-limit-mb", String(options.settings.api.maxResponseMegabytes)]
      }
      worker.resultFile = nil
      let process = try ChildProcess(command)
      worker.process = process
      (worker.usage, worker.version, worker.sandbox) = (.init(), "", nil)
      try process.watch(on: loop) { [unowned self] in processEnded($0, worker) }
      worker.words = try WorkerWords(words.ours, on: loop)
      try connect(worker, by: pair.ours)
      log.debug(
        "worker started",
        ["worker_id": .int(worker.number), "pool": .string(worker.pool.name), "pid": .int(process.pid)])
    } catch {
      log.error(
        "worker could not be started",
        [
          "worker_id": .int(worker.number), "pool": .string(worker.pool.name), "path": .string(command.api.path),
          "error": .string("\(error)"),
        ])
      worker.lastExit = "could not be started: \(error)"
      if worker.process == nil {
        failedStarts.append(worker)
      } else {
        worker.process?.signalGroup(SIGKILL)
      }
    }
  }

  /// Receives from now on what a worker's process says, by our end of its channel.
  func connect(_ worker: Worker, by socket: consuming FileDescriptor) throws(Errno) {
    worker.channel = try WorkerChannel(socket, on: loop) { [unowned self] in receive($0, worker) }
  }

  private func receive(_ input: WorkerChannel.Input, _ worker: Worker) {
    switch input {
    case .hangUp: apply(.hungUp, to: worker)
    case .garbage(let what): misbehaved(what, worker)
    case .frame(let frame, let bytes):
      switch frame.message {
      case .ready(let ready):
        (worker.usage, worker.version) = (ready.usage, ready.version.shortened(toBytes: 32).printable)
        guard ready.protocolVersion == WorkerProtocol.version else {
          return misbehaved("speaks version \(ready.protocolVersion) of the protocol", worker)
        }
        let grant = SandboxGrant(ready.sandbox)
        worker.sandbox = grant
        if !worker.pool.isOnDemand, let objection = grant.objection(under: sandbox) {
          return misbehaved(objection, worker)
        }
        apply(.measured(residentBytes: ready.usage.residentBytes), to: worker)
        apply(.ready, to: worker)
      case .started(let started):
        reported(started.jobID, started.attempt, bytes, worker)
        worker.commandPID = started.pid
      case .progress(let progress): reported(progress.jobID, progress.attempt, bytes, worker)
      case .heartbeat(let heartbeat):
        reported(heartbeat.jobID, heartbeat.attempt, bytes, worker, usage: heartbeat.usage)
      case .result(let result):
        worker.usage = result.usage
        apply(.measured(residentBytes: result.usage.residentBytes), to: worker)
        apply(.result(WorkID(id: result.jobID, attempt: result.attempt)), to: worker, answer: result)
      case .declined(let declined):
        let work = WorkID(id: declined.jobID, attempt: declined.attempt)
        apply(.declined(work, declined.reason.shortened(toBytes: 200).printable), to: worker)
      case nil: misbehaved("sent an empty message", worker)
      }
    }
  }

  /// A sign of life during a job, in a frame of so many bytes.
  private func reported(
    _ id: String, _ attempt: Int32, _ bytes: Int, _ worker: Worker, usage: Honeydew_Worker_Usage? = nil
  ) {
    guard worker.frames.take(bytes: bytes, at: turn.now) else { return misbehaved("floods its channel", worker) }
    if let usage {
      worker.usage = usage
      apply(.measured(residentBytes: usage.residentBytes), to: worker)
    }
    apply(.reported(WorkID(id: id, attempt: attempt)), to: worker)
  }

  /// Nothing that the process sends counts any more.
  private func misbehaved(_ what: String, _ worker: Worker) {
    worker.channel?.close()
    log.warn(
      "worker broke the protocol",
      ["worker_id": .int(worker.number), "pool": .string(worker.pool.name), "error": .string(what)])
    apply(.misbehaved(what), to: worker)
  }

  /// What the process sent before its end is read first: a result that was sent counts.
  func processEnded(_ termination: Termination, _ worker: Worker) {
    worker.channel?.drain()
    worker.channel?.close()
    worker.channel = nil
    worker.process = nil
    worker.lastExit = termination.status.description
    let words = worker.words.take()?.end() ?? ""
    let memory = memory(of: worker, termination)
    // How near the limit is too near depends on how much was asked for at once: a process cannot tell.
    let isNearLimit =
      !worker.pool.isOnDemand && memory.megabytes > memoryLimit / 2 && termination.status != .exited(code: 0)
    if isNearLimit { worker.lastExit += " (\(memory.text), and worker.memory_limit_mb is \(memoryLimit))" }
    turn.plan(.endOrphans, when: .always)
    let end = isNearLimit || memory.megabytes == 0 ? worker.lastExit : "\(worker.lastExit) (\(memory.text))"
    let restarts = worker.slot.restarts
    apply(.exited(end, jitter: jitter()), to: worker)
    let hasDied = worker.slot.restarts != restarts
    var fields: LogFields = [
      "worker_id": .int(worker.number), "pool": .string(worker.pool.name), "pid": .int(termination.pid),
      "cause": .string(worker.lastExit),
      "reason": .string(worker.slot.lastCause), "memory_mb": .int(memory.megabytes),
    ]
    if !words.isEmpty { fields.append("output", .string(words)) }
    log.log(hasDied ? .warn : .info, "worker ended", fields)
    guard hasDied else { return }
    let death = "worker \(worker.name) \(worker.lastExit), \(worker.slot.lastCause)"
    guard let trouble = worker.pool.noteDeath(death, at: turn.now) else { return }
    log.error("workers keep dying", ["reason": .string(trouble)])
  }
}

extension WorkerDesk {
  /// What is known of an ended process's memory, in MiB, and how to say it; zero for nothing.
  ///
  /// The kernel's maximum is the worker's own only where it is above the daemon's, which it starts from.
  private func memory(of worker: Worker, _ termination: Termination) -> (megabytes: Int, text: String) {
    let maximum = termination.usage.maximumResidentBytes
    if let own = try? Process.maximumResidentBytes(), maximum > own {
      return (Int(maximum >> 20), "it took up to \(maximum >> 20) MiB in its life")
    }
    let latest = worker.usage.residentBytes >> 20
    return (Int(latest), "it had \(latest) MiB when it last told")
  }
}

extension Settings.Worker {
  var recycling: Recycling {
    Recycling(maximumJobs: maxJobs, maximumAge: maxAge, maximumResidentBytes: UInt64(maxResidentMegabytes) << 20)
  }
}
