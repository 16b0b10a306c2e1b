internal import HoneydewConfig
internal import HoneydewCore
internal import HoneydewFrames
internal import HoneydewProtobuf
internal import HoneydewStore
internal import HoneydewSystem

/// Gives work to idle workers: calls that have no row first, then jobs in the queue's order.
final class Dispatcher: WallClockOwner {
  /// Jobs refused in one turn; more wait for the next.
  private static let refusalLimit = 500

  private let turn: Turn
  private let gate: StoreGate
  private let jobs: JobBook
  private let auth: AuthDesk
  private let keys: KeyDesk
  private let workers: WorkerDesk
  private let drain: DrainDesk
  private let options: LiveSettings
  private let jitter: () -> Double
  /// The dispatch of this turn stopped at its limit of refused jobs, or was put off.
  private var isUnfinished = false
  /// As of this turn's step.
  private var nextRefresh: AuthDesk.BackgroundRefresh?
  /// Which worker takes what, in this turn, by the pools' names.
  private var choices: [String: SlotChoice] = [:]
  /// The environments, by name, that have no process to serve them now, and when to look again.
  private var held: Set<String> = []
  private var heldUntil: Duration?

  init(
    turn: Turn, gate: StoreGate, jobs: JobBook, auth: AuthDesk, keys: KeyDesk, workers: WorkerDesk, drain: DrainDesk,
    options: LiveSettings, jitter: @escaping () -> Double
  ) {
    self.turn = turn
    self.gate = gate
    self.jobs = jobs
    self.auth = auth
    self.keys = keys
    self.workers = workers
    self.drain = drain
    self.options = options
    self.jitter = jitter
  }

  /// While all workers are busy no timer is needed: one that becomes free starts the next job.
  private var mayDispatch: Bool {
    gate.store != nil && gate.mayCommit && !drain.isDraining && (workers.hasFreeWorker || workers.hasDormantWorker)
  }

  var deadline: Duration? {
    guard mayDispatch else { return nil }
    if isUnfinished { return turn.now }
    guard !gate.isShortOfRoom else { return earlier(heldUntil, nextRefresh?.notBefore) }
    let next = earlier(heldUntil, earlier(jobs.queue.nextBackoffEnd, nextRefresh?.notBefore))
    return jobs.queue.count > 0 ? earlier(next, jobs.throttle.nextRestEnd(after: turn.now)) : next
  }

  var wallDeadline: Timestamp? {
    mayDispatch ? earlier(gate.isShortOfRoom ? nil : jobs.queue.nextAppointment, nextRefresh?.due) : nil
  }

  func step() {
    isUnfinished = false
    nextRefresh = nil
    (held, heldUntil) = ([], nil)
    guard !drain.isDraining else { return auth.abandonWaitingCalls(.shuttingDown) }
    guard gate.store != nil, gate.mayCommit else { return }
    guard !keys.isCommitting else {
      // The rows' payloads are still sealed under the previous key.
      isUnfinished = true
      return
    }
    if workers.api.hasFreeWorker { nextRefresh = auth.refreshInTheBackground() }
    guard jobs.queue.count > 0 || auth.hasWaitingCalls else { return }
    choices = [:]
    startAll()
    wakeWorkers()
  }

  private func startAll() {
    while workers.hasFreeWorker {
      turn.beginDecision()
      if startWaitingCall() { continue }
      do throws(Refusal) {
        guard try startNextJob() else { return }
      } catch {
        // When only this row cannot be read, the next one is tried.
        isUnfinished = gate.store != nil
        return
      }
    }
  }

  /// Starts processes for jobs of pools that have them on demand.
  private func wakeWorkers() {
    guard !gate.isShortOfRoom else { return }
    for pool in workers.pools where pool.isOnDemand && pool.workers.contains(where: { $0.slot.state == .dormant }) {
      let waiting = jobs.waitingCount(for: pool.name)
      if waiting > 0 { workers.wake(waiting - pool.comingCount, in: pool) }
    }
  }

  /// - Returns: false when there is nothing more to start now.
  private func startNextJob() throws(Refusal) -> Bool {
    // What it answers would use up the room that is left.
    guard !gate.isShortOfRoom else { return false }
    for _ in 0..<Self.refusalLimit {
      // The last free one may have been given up for another environment.
      guard workers.hasFreeWorker else { return false }
      let pools = Set(workers.pools.lazy.filter(\.hasFreeWorker).map(\.name))
      guard var job = try jobs.takeNext(from: pools, refreshing: auth.refreshing.union(held)) else { return false }
      guard !workers.mayRun(job.id) else {
        // Its cancelled attempt still has a worker.
        jobs.putBack(job, until: turn.now + .milliseconds(100))
        continue
      }
      switch auth.admit(job) {
      case .use: break
      case .wait:
        jobs.putBack(job, until: turn.now)
        // What it waits for may be a refresh that has no worker yet.
        if startWaitingCall() { return true }
        continue
      case .postpone(let failure):
        postpone(&job, failure)
        continue
      case .refuse(let error):
        refuse(&job, error)
        continue
      }
      let environment = job.environment.flatMap { auth.environments.find($0)?.id }
      guard let pool = workers.pool(named: job.pool), let worker = worker(for: environment, in: pool) else {
        // With the next one that is taken it is among those that may run.
        jobs.putBack(job, until: turn.now)
        if let name = job.environment { held.insert(name) }
        continue
      }
      do throws(JobError) {
        let run = try self.run(for: job)
        let frame = try encode(run)
        job.start(on: Int32(worker.number), at: turn.wallNow)
        jobs.start(job)
        if run.tokenGeneration > 0 { auth.sent(job, with: run.tokenGeneration) }
        let stale = job.attempt - OutputFileName.keptAttempts
        if job.isLocal, stale > 0 { turn.plan(.removeOutputs(of: job.id, stale...stale), when: .committed) }
        assign(run, frame, to: worker, environment, release: release(of: job))
        return true
      } catch {
        refuse(&job, error)
      }
    }
    isUnfinished = true
    return false
  }

  /// A power loss repeats an attempt whose dispatch is not on disk: a command that must not be repeated waits for that, and
  /// any command for the tokens that it is sent with.
  private func release(of job: Job) -> Effect.Release {
    let isRepeatable = job.registered.isRepeatable
    return isRepeatable && job.environment.map { auth.areStored(of: $0) } ?? true ? .committed : .synced
  }

  private func postpone(_ job: inout Job, _ failure: AttemptFailure) {
    guard case .retrying(let delay) = job.postpone(failure, jitter: jitter(), at: turn.wallNow) else {
      return jobs.end(job, from: .pending, isQueued: false)
    }
    jobs.postpone(job, until: turn.now + delay)
  }

  private func refuse(_ job: inout Job, _ error: JobError) {
    job.refuse(error, at: turn.wallNow)
    jobs.end(job, from: .pending, isQueued: false)
  }

  /// What starts the job's next attempt, or why it cannot start.
  private func run(for job: Job) throws(JobError) -> Honeydew_Worker_Run {
    var run = Honeydew_Worker_Run()
    (run.jobID, run.attempt) = (job.id, job.attempt + 1)
    run.command = job.command
    do {
      run.payload = String(decoding: try keys.open(job), as: UTF8.self)
    } catch {
      throw JobError(.invalidPayload, "the secret arguments cannot be opened; submit the job again. \(error)")
    }
    run.timeoutMs = job.timeoutMilliseconds ?? (job.isLocal ? 0 : options.settings.api.timeout.wholeMilliseconds)
    if job.isLocal {
      run.outputName = OutputFileName.name(of: job.id, attempt: run.attempt)
      run.maxOutputBytes = Int64(options.settings.local.maxOutputMegabytes) << 20
    }
    guard let name = job.environment else { return run }
    guard let environment = auth.environments.find(name) else {
      throw JobError(.authRequired, "the environment \(name) no longer exists")
    }
    run.endpoint = options.endpoint(of: environment)
    (run.accessToken, run.tokenGeneration) = try auth.environments.accessToken(of: environment)
    return run
  }

  /// The worker that takes work of an environment, by its id; nil where that must wait for a process.
  private func worker(for environment: String?, in pool: Pool) -> Worker? {
    let slots = pool.workers.map(\.slot)
    let answer = choices[pool.name, default: SlotChoice(slots, now: turn.now)].place(environment, in: slots) { id in
      let name = auth.environments.find(id: id)?.name
      return jobs.queue.lanes.contains { $0.environment == name && jobs.queue.count(in: $0) > 0 }
    }
    switch answer {
    case .use(let place): return pool.workers[place]
    case .replace(let place): workers.apply(.restart("another environment needs a process"), to: pool.workers[place])
    case .wait(let moment): heldUntil = earlier(heldUntil, moment)
    }
    return nil
  }

  private func startWaitingCall() -> Bool {
    var worker: Worker?
    var environment: String?
    let admits = { [self] (call: InternalCall) in
      environment = id(of: call)
      worker = self.worker(for: environment, in: workers.api)
      return worker != nil
    }
    while let call = auth.nextCall(admits: admits), let worker {
      do throws(JobError) {
        assign(call.run, try encode(call.run), to: worker, environment, release: .committed)
        return true
      } catch {
        _ = auth.takeCall(call.work)
        auth.answered(call, .failure(.invalid("password", error.text)))
      }
    }
    return false
  }

  /// The id of the environment that a call goes to.
  private func id(of call: InternalCall) -> String? {
    switch call.purpose {
    case .login(_, let name, _): auth.environments.find(name)?.id
    case .refresh(let id, _): id
    case .check(_, let environment): environment.id
    }
  }

  private func assign(
    _ run: Honeydew_Worker_Run, _ frame: [UInt8], to worker: Worker, _ environment: String?, release: Effect.Release
  ) {
    let work = WorkID(id: run.jobID, attempt: run.attempt)
    workers.apply(
      .assign(
        work, timeout: run.timeoutMs > 0 ? .milliseconds(run.timeoutMs) : nil,
        grace: run.outputName.isEmpty ? .zero : LocalCommand.grace(of: run.payload), frame: frame), to: worker)
    worker.slot.serve(environment, now: turn.now)
    turn.plan(.run(worker, work), when: release)
  }

  private func encode(_ run: Honeydew_Worker_Run) throws(JobError) -> [UInt8] {
    do throws(FrameError) {
      return try Frame.encode(Honeydew_Worker_ToWorker.with { $0.run = run })
    } catch {
      throw JobError(.invalidPayload, "it cannot be sent to a worker: \(error)")
    }
  }
}
