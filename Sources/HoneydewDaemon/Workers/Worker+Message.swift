internal import HoneydewCore
internal import HoneydewFrames
internal import HoneydewMessages
internal import HoneydewProtobuf
internal import HoneydewSystem

extension Honeydew_Worker {
  init(_ worker: Worker, now: Duration) {
    self.init()
    slot = Int32(worker.number)
    pool = worker.pool.name
    pid = worker.process?.pid ?? 0
    restarts = worker.slot.restarts
    jobsDone = worker.jobsDone
    lastExit = worker.lastExit
    lastExitCause = worker.slot.lastCause
    version = worker.version
    // A worker of local commands gives up nothing that they may need.
    if let grant = worker.sandbox, !worker.pool.isOnDemand {
      sandbox = .with {
        $0.landlock = UInt32(clamping: grant.landlock)
        $0.filtersCalls = grant.filtersCalls
        $0.problem = grant.problem
      }
    }
    switch worker.slot.state {
    case .backoff: state = "backoff"
    case .starting: state = "starting"
    case .idle: state = "idle"
    case .assigned, .running, .cancelling: state = "running"
    case .finishing: state = "finishing"
    case .stopping: state = "stopping"
    case .stopped, .dormant: state = "stopped"
    }
    if worker.slot.hasProcess {
      residentBytes = worker.usage.residentBytes
      cpuMicroseconds = worker.usage.cpuMicroseconds
      ageMs = (now - worker.slot.startedAt).wholeMilliseconds
      switch worker.slot.plan {
      case .serve: break
      case .replace: plan = "restart"
      case .stop: plan = "stop"
      }
    }
    if let work = worker.slot.work {
      jobID = work.id
      jobMs = (now - worker.workBegan).wholeMilliseconds
    }
  }
}

extension SandboxGrant {
  init(_ grant: Honeydew_Worker_SandboxGrant) {
    self.init(
      landlock: Int(grant.landlock), filtersCalls: grant.filtersCalls,
      problem: grant.problem.shortened(toBytes: 256).printable)
  }
}
