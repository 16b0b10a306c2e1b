internal import HoneydewConfig
internal import HoneydewCore
internal import HoneydewMessages
internal import HoneydewProtobuf
internal import HoneydewRPC

/// Local commands that run, and what they have written.
extension DaemonService {
  func readOutput(_ request: Honeydew_ReadOutputRequest, _ call: StreamingCall<Honeydew_ReadOutputResponse>) {
    turn.beginDecision()
    do throws(Refusal) {
      try requireStore()
      let job = try supervisor.jobs.find(request.jobID, within: access(of: call).owned)
      guard job.isLocal else { throw .noOutput(of: job.id) }
      let next = job.status == .pending ? job.attempt + 1 : job.attempt
      let latest = request.follow ? next : max(1, job.attempt)
      let attempt = request.hasAttempt ? request.attempt : latest
      guard (1...max(1, next)).contains(attempt) else {
        throw .outOfRange("attempt", attempt, 1...Int64(max(1, job.attempt)))
      }
      let work = WorkID(id: job.id, attempt: attempt)
      let isLive =
        request.follow && (attempt == next && !job.status.isEnd || supervisor.workers.worker(with: work) != nil)
      if isLive { try supervisor.outputs.prepare() }
      let stream = OutputStream(
        of: job.id, attempt: attempt, from: request.offset, isLive: isLive, directory: supervisor.home.output,
        call: call)
      if isLive { supervisor.outputs.follow(stream) }
      turn.plan(.stream(stream), when: .synced)
    } catch {
      turn.refuse(call, error)
    }
  }

  func signalJob(_ request: Honeydew_SignalJobRequest, _ call: UnaryCall<Honeydew_SignalJobResponse>) {
    decide(call) { () throws(Refusal) in
      call.concerns(request.jobID)
      let job = try supervisor.jobs.find(request.jobID, within: access(of: call).owned)
      try access(of: call).checkLocal()
      call.concerns(job.id)
      guard (1...64).contains(request.signal) else { throw .outOfRange("signal", request.signal, 1...64) }
      guard job.isLocal else { throw .wrongState(of: job.id, job.status, "only a local command takes signals") }
      let work = WorkID(id: job.id, attempt: job.attempt)
      guard let worker = supervisor.workers.worker(with: work), worker.slot.hasBegun(work) else {
        throw .wrongState(of: job.id, job.status, "only a command that runs takes signals")
      }
      turn.plan(.send(worker, .signal(work, request.signal)), when: .committed)
      return .with { $0.jobID = job.id }
    }
  }

  // MARK: pools

  func listPools(_ request: Honeydew_ListPoolsRequest, _ call: UnaryCall<Honeydew_ListPoolsResponse>) {
    answer(call) { .with { $0.pools = supervisor.workers.pools.map { describe($0) } } }
  }

  func resizePool(_ request: Honeydew_ResizePoolRequest, _ call: UnaryCall<Honeydew_ResizePoolResponse>) {
    answer(call) { () throws(Refusal) in
      call.concerns(request.name)
      let pool = try supervisor.restarts.resize(request.name, to: request.workers)
      return .with { $0.pool = describe(pool) }
    }
  }

  private func describe(_ pool: Pool) -> Honeydew_Pool {
    let (queue, throttle) = (supervisor.jobs.queue, supervisor.jobs.throttle)
    return .with {
      $0.name = pool.name
      $0.kind = pool.isOnDemand ? PoolRules.exec : PoolRules.api
      $0.workers = Int32(pool.size)
      $0.configuredWorkers = Int32(pool.configuredSize)
      $0.processes = Int32(pool.workers.count { $0.slot.hasProcess })
      $0.busy = Int32(pool.workers.count { $0.slot.work != nil })
      $0.pending = Int64(queue.lanes.lazy.filter { $0.pool == pool.name }.map { queue.count(in: $0) }.reduce(0, +))
      $0.running = Int64(throttle.running(ofPool: pool.name))
      $0.paused = throttle.pauses.pools.contains(pool.name)
      $0.trouble = pool.trouble(at: turn.now) ?? ""
      $0.onDemand = pool.isOnDemand
    }
  }
}

extension Supervisor {
  /// Adds to a job's status what only its worker knows.
  func addProcess(of job: Job, to status: inout Honeydew_JobStatus) {
    guard job.isLocal else { return }
    if job.status == .running, let worker = workers.worker(with: WorkID(id: job.id, attempt: job.attempt)) {
      status.pid = worker.commandPID
    }
    status.isEnding = job.status.isEnd && workers.mayRun(job.id)
  }
}
