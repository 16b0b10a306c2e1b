internal import Glibc
internal import HoneydewConfig
internal import HoneydewCore
internal import HoneydewStore
internal import HoneydewSystem
internal import HoneydewWire

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
        $0.username = environments.login(of: active)?.username ?? ""
      }
      $0.home = home.directory
      $0.logFile = settings.logging.file
      $0.logLinesDropped = Int64(log.droppedLines)
      $0.queue = queueStats
      // A store that fails here fails in its next commit too, and is told of then.
      if let created = (try? store?.oldestPending).flatMap({ $0 }) {
        $0.oldestPendingMs = max(0, (wallNow - created).wholeMilliseconds)
      }
      $0.recent = .with {
        $0.windowMs = min(uptime, RecentCount.window).wholeMilliseconds
        $0.submitted = Int64(statistics.submitted.count(at: now))
        $0.completed = Int64(statistics.completed.count(at: now))
        $0.failed = Int64(statistics.failed.count(at: now))
      }
      $0.failuresByCode = statistics.failuresByCode
      $0.schedules = Int64(schedules.queue.count)
      $0.nextTick = schedules.queue.earliest?.description ?? ""
      let database = settings.storage.databasePath
      $0.databasePath = database
      $0.databaseBytes = Self.size(of: database)
      $0.walBytes = Self.size(of: database + "-wal")
    }
  }

  private static func size(of file: String) -> Int64 {
    (try? Files.status(file))?.map(\.size) ?? 0
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
      let how = pool.isStopped ? "are stopped" : "stop after their jobs"
      reasons.append("all workers \(how), and no other job is started; go on with: honeydew worker start 1")
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
