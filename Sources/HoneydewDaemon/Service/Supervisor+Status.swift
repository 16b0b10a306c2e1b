internal import Glibc
internal import HoneydewConfig
internal import HoneydewCore
internal import HoneydewMessages
internal import HoneydewProtobuf
internal import HoneydewStore
internal import HoneydewSystem

/// The daemon on one screen. It needs no store.
extension Supervisor {
  var status: Honeydew_DaemonStatus {
    .with {
      $0.version = HoneydewVersion.current
      $0.pid = getpid()
      $0.startedAt = startedAt.description
      $0.uptimeMs = uptime.wholeMilliseconds
      $0.state = gate.store == nil ? "STORE_UNAVAILABLE" : drain.isDraining ? "DRAINING" : "SERVING"
      $0.degraded = degradedReasons
      $0.jobs = jobCounts
      $0.workers = workers.shown.map { Honeydew_Worker($0, now: turn.now) }
      if let active = auth.environments.active {
        $0.environment = active.name
        $0.needsAuth = auth.environments.needsAuth(active, now: turn.wallNow)
        $0.needsReauth = auth.environments.needsReauth(active, now: turn.wallNow)
        $0.username = auth.environments.login(of: active)?.username ?? ""
      }
      $0.home = home.directory
      $0.logFile = options.settings.logging.file
      $0.logLinesDropped = Int64(log.droppedLines)
      $0.queue = queueStats
      $0.oldestPendingMs = longestWait.wholeMilliseconds
      $0.recent = .with {
        $0.windowMs = min(uptime, RecentCount.window).wholeMilliseconds
        $0.submitted = Int64(statistics.submitted.count(at: turn.now))
        $0.completed = Int64(statistics.completed.count(at: turn.now))
        $0.failed = Int64(statistics.failed.count(at: turn.now))
      }
      $0.failuresByCode = statistics.failuresByCode
      $0.schedules = Int64(schedules.tickingCount)
      $0.nextTick = schedules.queue.earliest?.description ?? ""
      $0.databasePath = gate.path
      $0.databaseBytes = Self.size(of: gate.path)
      $0.sandboxMode = options.settings.worker.sandbox.rawValue
      $0.walBytes = Self.size(of: gate.path + "-wal")
      $0.longestTurnMicroseconds = loop.longestTurn.wholeMicroseconds
      // The turn before this one is not noted yet.
      let lately = max(longestTurn.length(at: turn.now), loop.lastTurn)
      $0.lastMinuteLongestTurnMicroseconds = lately.wholeMicroseconds
      $0.logHeldMs = gate.logHold?.wholeMilliseconds ?? 0
      $0.descriptorLimit = Int64(clamping: Process.descriptorLimit)
      $0.descriptorsNeeded = Int64(options.settings.descriptorsNeeded)
    }
  }

  /// Of the pending jobs that may run.
  private var longestWait: Duration {
    guard let oldest = jobs.queue.oldestReady(at: turn.now, wallNow: turn.wallNow) else { return .zero }
    let since = gate.reading { store throws(StoreError) in try store.waitingSince(from: oldest, at: turn.wallNow) }
    return since.flatMap { $0 }.map { max(.zero, turn.wallNow - $0) } ?? .zero
  }

  private static func size(of file: String) -> Int64 {
    (try? Files.status(file))?.map(\.size) ?? 0
  }

  private var jobCounts: Honeydew_JobCounts {
    let counts = jobs.committedCounts
    return .with {
      $0.pending = Int64(counts[.pending, default: 0])
      $0.running = Int64(counts[.running, default: 0])
      $0.completed = Int64(counts[.completed, default: 0])
      $0.failed = Int64(counts[.failed, default: 0])
      $0.cancelled = Int64(counts[.cancelled, default: 0])
    }
  }

  var queueStats: Honeydew_QueueStats {
    let (queue, throttle) = (jobs.queue, jobs.throttle)
    let named = throttle.pauses.providers.union(throttle.concurrency.providers.keys)
    let providers = named.union(queue.lanes.map(\.provider)).sorted().map { provider in
      Honeydew_ProviderStats.with {
        $0.provider = provider
        $0.pending = Int64(queue.lanes.lazy.filter { $0.provider == provider }.map { queue.count(in: $0) }.reduce(0, +))
        $0.running = Int64(throttle.running(of: provider))
        $0.paused = throttle.pauses.providers.contains(provider)
        if let end = throttle.restEnd(of: provider, at: turn.now) {
          $0.restingUntil = (turn.wallNow + (end - turn.now)).description
        }
        if let limit = throttle.concurrency.limit(of: provider) { $0.limit = Int32(limit) }
      }
    }
    return .with {
      $0.jobs = jobCounts
      $0.delayed = Int64(queue.delayedCount)
      $0.paused = throttle.pauses.isPaused
      $0.providers = providers
    }
  }

  /// What an operator should look at.
  var degradedReasons: [String] {
    var reasons = gate.store == nil ? [gate.failure] : []
    if gate.isShortOfRoom { reasons.append(Refusal.diskFull(gate.path).text) }
    for pool in drain.isDraining ? [] : workers.pools where pool.areAllStopping && (pool.size > 0 || !pool.isOnDemand) {
      let (what, command) = PoolRules.standstill(of: pool.name, size: pool.size)
      let isOver = pool.size == 0 || pool.workers.allSatisfy { $0.slot.state == .stopped }
      reasons.append(
        "\(what)\(isOver ? "" : " when their jobs have ended"), and no other job is started; go on with: \(command)")
    }
    for worker in workers.all {
      if case .backoff(let until) = worker.slot.state, until > turn.now {
        let wait = DurationText.format(until - turn.now)
        let end = [worker.lastExit, worker.slot.lastCause].filter { !$0.isEmpty }.joined(separator: ": ")
        reasons.append("worker \(worker.name) keeps ending (\(end)); the next start is due in \(wait)")
      }
    }
    if let hold = gate.logHold {
      let size = Self.size(of: gate.path + "-wal") >> 20
      reasons.append(
        "another program has been reading the database for \(DurationText.format(hold)), so that its log (\(size) MiB) "
          + "only grows; find it with: fuser -v \(gate.path) (honeydewd is no other), and end it or its transaction")
    }
    if let trouble = connectionTrouble() { reasons.append(trouble) }
    if let failure = log.failure { reasons.append("the log cannot be written (\(failure))") }
    reasons += workers.pools.compactMap { $0.trouble(at: turn.now) }
    if let trouble = results.trouble(at: turn.now) { reasons.append(trouble) }
    reasons += ZoneConcern.reasons(schedules.zoneConcerns.values)
    for lane in jobs.throttle.suspects where jobs.queue.count(in: lane) + jobs.throttle.running(in: lane) > 0 {
      let place = lane.environment.map { " in the environment \($0)" } ?? ""
      reasons.append(
        "\(lane.command)\(place) keeps killing its workers: its jobs run one at a time until one completes")
    }
    return reasons
  }

  /// What the service manager shows of the daemon.
  var serviceStatus: String {
    let running = jobs.committedCounts[.running, default: 0]
    if drain.isDraining { return "stopping: \(running) running jobs" }
    let counts = "\(running) jobs running, \(jobs.committedCounts[.pending, default: 0]) pending"
    let reasons = degradedReasons
    return reasons.isEmpty ? counts : "degraded: \(reasons.joined(separator: "; ")); \(counts)"
  }
}
