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
  private let pool: Pool
  private let drain: DrainDesk
  private let options: LiveSettings
  private let jitter: () -> Double
  /// The dispatch of this turn stopped at its limit of refused jobs, or was put off.
  private var isUnfinished = false
  /// As of this turn's step.
  private var nextRefresh: AuthDesk.BackgroundRefresh?
  /// Which worker takes what, in this turn.
  private var choice = SlotChoice([], now: .zero)
  /// The environments, by name, that have no process to serve them now, and when to look again.
  private var held: Set<String> = []
  private var heldUntil: Duration?

  init(
    turn: Turn, gate: StoreGate, jobs: JobBook, auth: AuthDesk, keys: KeyDesk, pool: Pool, drain: DrainDesk,
    options: LiveSettings, jitter: @escaping () -> Double
  ) {
    self.turn = turn
    self.gate = gate
    self.jobs = jobs
    self.auth = auth
    self.keys = keys
    self.pool = pool
    self.drain = drain
    self.options = options
    self.jitter = jitter
  }

  /// While all workers are busy no timer is needed: one that becomes free starts the next job.
  private var mayDispatch: Bool { gate.store != nil && gate.mayCommit && !drain.isDraining && pool.hasFreeWorker }

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
    guard pool.hasFreeWorker else { return }
    nextRefresh = auth.refreshInTheBackground()
    guard jobs.queue.count > 0 || auth.hasWaitingCalls else { return }
    choice = SlotChoice(pool.workers.map(\.slot), now: turn.now)
    while pool.hasFreeWorker {
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

  /// - Returns: false when there is nothing more to start now.
  private func startNextJob() throws(Refusal) -> Bool {
    // What it answers would use up the room that is left.
    guard !gate.isShortOfRoom else { return false }
    for _ in 0..<Self.refusalLimit {
      // The last free one may have been given up for another environment.
      guard pool.hasFreeWorker else { return false }
      guard var job = try jobs.takeNext(refreshing: auth.refreshing.union(held)) else { return false }
      guard !pool.mayRun(job.id) else {
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
      guard let worker = worker(for: environment) else {
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
    run.timeoutMs = job.timeoutMilliseconds ?? options.settings.api.timeout.wholeMilliseconds
    guard let name = job.environment else { return run }
    guard let environment = auth.environments.find(name) else {
      throw JobError(.authRequired, "the environment \(name) no longer exists")
    }
    run.endpoint = options.endpoint(of: environment)
    (run.accessToken, run.tokenGeneration) = try auth.environments.accessToken(of: environment)
    return run
  }

  /// The worker that takes work of an environment, by its id; nil where that must wait for a process.
  private func worker(for environment: String?) -> Worker? {
    let answer = choice.place(environment, in: pool.workers.map(\.slot)) { id in
      let name = auth.environments.find(id: id)?.name
      return jobs.queue.lanes.contains { $0.environment == name && jobs.queue.count(in: $0) > 0 }
    }
    switch answer {
    case .use(let place): return pool.workers[place]
    case .replace(let place): pool.apply(.restart("another environment needs a process"), to: pool.workers[place])
    case .wait(let moment): heldUntil = earlier(heldUntil, moment)
    }
    return nil
  }

  private func startWaitingCall() -> Bool {
    var worker: Worker?
    var environment: String?
    let admits = { [self] (call: InternalCall) in
      environment = id(of: call)
      worker = self.worker(for: environment)
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
    pool.apply(.assign(work, timeout: .milliseconds(run.timeoutMs), frame: frame), to: worker)
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
