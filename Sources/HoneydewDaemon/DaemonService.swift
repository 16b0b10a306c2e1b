internal import Glibc
internal import HoneydewConfig
internal import HoneydewCore
internal import HoneydewRPC
internal import HoneydewSystem
internal import HoneydewWire

/// The service `honeydew.Daemon`: it turns requests into decisions of the supervisor, and answers after the commit.
final class DaemonService: Honeydew_DaemonService {
  let supervisor: Supervisor

  init(_ supervisor: Supervisor) {
    self.supervisor = supervisor
  }

  /// Runs a decision and answers when it is on disk; a refusal is answered at once.
  func decide<Response>(_ call: UnaryCall<Response>, _ decision: () throws(Status) -> Response) {
    do {
      let response = try decision()
      supervisor.turn.reply(to: call) { () throws(Status) in response }
    } catch {
      guard error.tellsOfStoredState else { return call.fail(error) }
      supervisor.turn.reply(to: call) { () throws(Status) in throw error }
    }
  }

  /// Answers from the committed state.
  func read<Response>(_ call: UnaryCall<Response>, _ answer: @escaping () throws(Status) -> Response) {
    do {
      try supervisor.requireStore(forWriting: false)
      supervisor.turn.reply(to: call, answer)
    } catch {
      call.fail(error)
    }
  }

  // MARK: the daemon itself

  func ping(_ request: Honeydew_PingRequest, _ call: UnaryCall<Honeydew_PingResponse>) {
    call.respond(.with { $0.version = HoneydewVersion.current })
  }

  func shutdown(_ request: Honeydew_ShutdownRequest, _ call: UnaryCall<Honeydew_ShutdownResponse>) {
    supervisor.shutDown(reason: "requested by a client")
    call.respond(.init())
  }

  func reload(_ request: Honeydew_ReloadRequest, _ call: UnaryCall<Honeydew_ReloadResponse>) {
    switch supervisor.onReload() {
    case .success(let reload):
      call.respond(
        .with {
          $0.applied = reload.applied
          $0.needsRestart = reload.needingRestart
        })
    case .failure(let error):
      call.fail(.error(.failedPrecondition, error.description, reason: "CONFIG_INVALID"))
    }
  }

  func getStatus(_ request: Honeydew_GetStatusRequest, _ call: UnaryCall<Honeydew_DaemonStatus>) {
    supervisor.turn.always { [supervisor] in
      // So that the log is complete up to the answer, and the count of its lost lines too.
      supervisor.log.flush()
      call.respond(supervisor.status)
    }
  }
}

extension Supervisor {
  /// The daemon on one screen. It needs no store.
  var status: Honeydew_DaemonStatus {
    .with {
      $0.version = HoneydewVersion.current
      $0.pid = getpid()
      $0.startedAt = startedAt.description
      $0.uptimeMs = uptime.wholeMilliseconds
      $0.state = store == nil ? "STORE_UNAVAILABLE" : drain == nil ? "SERVING" : "DRAINING"
      $0.degraded = degradedReasons
      $0.jobs = jobCounts
      $0.workers = describe(pool.workers)
      if let active = environments.active {
        $0.environment = active.name
        $0.needsAuth = environments.needsAuth(active, now: wallNow)
      }
      $0.logFile = settings.logging.file
      $0.logLinesDropped = Int64(log.droppedLines)
    }
  }

  var jobCounts: Honeydew_JobCounts {
    .with {
      $0.pending = Int64(jobs.committedCounts[.pending, default: 0])
      $0.running = Int64(jobs.committedCounts[.running, default: 0])
      $0.completed = Int64(jobs.committedCounts[.completed, default: 0])
      $0.failed = Int64(jobs.committedCounts[.failed, default: 0])
      $0.cancelled = Int64(jobs.committedCounts[.cancelled, default: 0])
    }
  }

  var degradedReasons: [String] {
    var reasons = store == nil ? [storeError] : []
    if drain == nil, areAllWorkersStopped {
      reasons.append("all workers are stopped, and jobs wait; go on with: honeydew worker start 1")
    }
    for worker in pool.workers {
      if case .backoff(let until) = worker.slot.state, until > now {
        let wait = DurationText.format(until - now)
        reasons.append("worker \(worker.number) keeps ending (\(worker.lastExit)); the next start is due in \(wait)")
      }
    }
    if let failure = log.failure { reasons.append("the log cannot be written (\(failure))") }
    if let trouble = pool.trouble { reasons.append(trouble) }
    return reasons
  }
}
