internal import Glibc
internal import HoneydewConfig
internal import HoneydewCore
internal import HoneydewSystem
internal import HoneydewWire

/// The fixed pool of workers: it starts processes, carries frames and signals, and asks each `Slot` what to do.
final class Pool {
  /// What the pool tells its owner while it decides.
  struct Decisions {
    /// A worker's answer to the work of its slot.
    let accept: (Worker, WorkID, Honeydew_Worker_Result) -> Void
    /// Work that ended without an answer, and whose process is reaped.
    let lose: (WorkID, Slot.Loss) -> Void
    /// Does something at the end of the turn.
    let later: (@escaping () -> Void) -> Void
    /// A random number in `0..<1`.
    let jitter: () -> Double
  }

  let workers: [Worker]
  private let loop: EventLoop
  private let log: Log
  private let command: ChildProcess.Command
  private let decisions: Decisions
  private let orphans: Orphans
  /// Of each process, in MiB.
  private let memoryLimit: Int
  private var intensity: CrashIntensity
  private var latestDeath = ""
  /// The pids of children that are no workers.
  var helpers: Set<Int32> = []

  /// - Parameter command: how a worker is started, all but its channel.
  init(settings: Settings, command: ChildProcess.Command, loop: EventLoop, log: Log, decisions: Decisions) {
    workers = (1...settings.queue.workers).map { number in
      Worker(
        number: number, slot: Slot(recycling: settings.worker.recycling, now: loop.now, jitter: decisions.jitter()))
    }
    memoryLimit = settings.worker.memoryLimitMegabytes
    intensity = CrashIntensity(poolSize: workers.count)
    self.command = command
    self.loop = loop
    self.log = log.of(.worker)
    self.decisions = decisions
    orphans = Orphans(log: self.log)
    orphans.isKnown = { [unowned self] pid in helpers.contains(pid) || workers.contains { $0.process?.pid == pid } }
  }

  /// To be called on SIGCHLD.
  func childEnded() {
    orphans.reap()
  }

  /// The earliest moment at which a slot wants to be looked at.
  var deadline: Duration? { workers.reduce(nil) { earlier($0, $1.deadline) } }

  func checkDeadlines() {
    for worker in workers {
      guard let deadline = worker.deadline, deadline <= loop.now else { continue }
      worker.channel?.checkDeadline(now: loop.now)
      if let deadline = worker.slot.deadline, deadline <= loop.now { apply(.timer, to: worker) }
    }
  }

  /// What is wrong with the pool as a whole; nil for nothing.
  var trouble: String? {
    guard intensity.isExceeded(at: loop.now) else { return nil }
    return
      "more than \(intensity.limit) workers died within \(DurationText.format(CrashIntensity.window)), the last one: "
      + latestDeath
  }

  var isStopped: Bool { workers.allSatisfy { $0.slot.state == .stopped } }

  func apply(_ event: Slot.Event, to worker: Worker) {
    for action in worker.slot.handle(event, now: loop.now) {
      switch action {
      case .accept(let work):
        guard let result = worker.result else { preconditionFailure("a slot accepts a result that never came") }
        decisions.accept(worker, work, result)
      case .lost(let work, let loss): decisions.lose(work, loss)
      case .spawn: decisions.later { [unowned self] in spawn(worker) }
      case .sendRun:
        guard let run = worker.run else { preconditionFailure("a slot runs work without a frame for it") }
        worker.workBegan = loop.now
        worker.channel?.send(.with { $0.run = run })
        worker.run = nil
      case .sendCancel(let work):
        worker.channel?.send(.with { $0.cancel = .with { ($0.jobID, $0.attempt) = (work.id, work.attempt) } })
      case .sendAck(let work):
        worker.jobsDone += 1
        worker.channel?.send(.with { $0.ack = .with { ($0.jobID, $0.attempt) = (work.id, work.attempt) } })
      case .sendExit: decisions.later { worker.channel?.send(.with { $0.exit = .init() }) }
      case .terminate: signal(worker, [SIGTERM, SIGCONT])
      case .kill: signal(worker, [SIGKILL])
      }
    }
  }

  private func signal(_ worker: Worker, _ signals: [Int32]) {
    decisions.later {
      for signal in signals { worker.process?.signalGroup(signal) }
    }
  }

  private func spawn(_ worker: Worker) {
    do throws(Errno) {
      let pair = try UnixSocket.pair()
      var command = command
      command.channel = pair.theirs.fileNumber
      let process = try ChildProcess(command)
      worker.process = process
      (worker.usage, worker.version) = (.init(), "")
      try process.watch(on: loop) { [unowned self] in processEnded($0, worker) }
      worker.channel = try WorkerChannel(pair.ours, on: loop) { [unowned self] in receive($0, worker) }
      log.debug("worker started", ["worker_id": .int(worker.number), "pid": .int(process.pid)])
    } catch {
      log.error(
        "worker could not be started",
        ["worker_id": .int(worker.number), "path": .string(command.path), "error": .string("\(error)")])
      worker.lastExit = "could not be started: \(error)"
      if worker.process == nil {
        apply(.spawnFailed(jitter: decisions.jitter()), to: worker)
      } else {
        worker.process?.signalGroup(SIGKILL)
      }
    }
  }

  private func receive(_ input: WorkerChannel.Input, _ worker: Worker) {
    switch input {
    case .hangUp: apply(.hungUp, to: worker)
    case .garbage(let what): misbehaved(what, worker)
    case .frame(let frame):
      switch frame.message {
      case .ready(let ready):
        (worker.usage, worker.version) = (ready.usage, String(ready.version.prefix(32)).printable)
        guard ready.protocolVersion == WorkerProtocol.version else {
          return misbehaved("speaks version \(ready.protocolVersion) of the protocol", worker)
        }
        apply(.measured(residentBytes: ready.usage.residentBytes), to: worker)
        apply(.ready, to: worker)
      case .started(let started):
        apply(.heard(WorkID(id: started.jobID, attempt: started.attempt)), to: worker)
      case .progress(let progress):
        apply(.heard(WorkID(id: progress.jobID, attempt: progress.attempt)), to: worker)
      case .heartbeat(let heartbeat):
        worker.usage = heartbeat.usage
        apply(.measured(residentBytes: heartbeat.usage.residentBytes), to: worker)
        apply(.heard(WorkID(id: heartbeat.jobID, attempt: heartbeat.attempt)), to: worker)
      case .result(let result):
        worker.result = result
        apply(.result(WorkID(id: result.jobID, attempt: result.attempt)), to: worker)
        worker.result = nil
      case nil: misbehaved("sent an empty message", worker)
      }
    }
  }

  private func misbehaved(_ what: String, _ worker: Worker) {
    log.warn("worker broke the protocol", ["worker_id": .int(worker.number), "error": .string(what)])
    apply(.misbehaved(what), to: worker)
  }

  /// The last words of the process are heard first: a result that was sent counts.
  private func processEnded(_ termination: Termination, _ worker: Worker) {
    worker.channel?.drain()
    worker.channel?.close()
    worker.channel = nil
    worker.process = nil
    worker.lastExit = termination.status.description
    let memory = memory(of: worker, termination)
    // How near the limit is too near depends on how much was asked for at once: a process cannot tell.
    let isNearLimit = memory.megabytes > memoryLimit / 2 && termination.status != .exited(code: 0)
    if isNearLimit { worker.lastExit += " (\(memory.text), and worker.memory_limit_mb is \(memoryLimit))" }
    decisions.later { [unowned self] in
      orphans.killAll()
      orphans.reap()
    }
    let end = isNearLimit || memory.megabytes == 0 ? worker.lastExit : "\(worker.lastExit) (\(memory.text))"
    let restarts = worker.slot.restarts
    apply(.exited(end, jitter: decisions.jitter()), to: worker)
    let hasDied = worker.slot.restarts != restarts
    log.log(
      hasDied ? .warn : .info, "worker ended",
      [
        "worker_id": .int(worker.number), "pid": .int(termination.pid), "cause": .string(worker.lastExit),
        "reason": .string(worker.slot.lastCause), "memory_mb": .int(memory.megabytes),
      ])
    guard hasDied else { return }
    latestDeath = "worker \(worker.number) \(worker.lastExit), \(worker.slot.lastCause)"
    if intensity.note(at: loop.now), let trouble { log.error("workers keep dying", ["reason": .string(trouble)]) }
  }
}

extension Pool {
  /// What is known of an ended process's memory, in MiB, and how to say it; zero for nothing.
  ///
  /// The kernel's maximum tells of the worker only where it is above the daemon's own.
  private func memory(of worker: Worker, _ termination: Termination) -> (megabytes: Int, text: String) {
    let maximum = termination.usage.maximumResidentBytes
    if let own = try? Process.maximumResidentBytes(), maximum > own {
      return (Int(maximum >> 20), "it took up to \(maximum >> 20) MiB in its life")
    }
    let latest = worker.usage.residentBytes >> 20
    return (Int(latest), "it had \(latest) MiB when it last told")
  }
}

/// What daemon and worker agree on beyond the frames.
enum WorkerProtocol {
  static let version: UInt32 = 1
}

extension Settings.Worker {
  var recycling: Recycling {
    Recycling(maximumJobs: maxJobs, maximumAge: maxAge, maximumResidentBytes: UInt64(maxResidentMegabytes) << 20)
  }
}
