internal import HoneydewCore
internal import HoneydewMessages

extension Supervisor {
  /// What holds a job back, by the rules that the dispatcher follows; nil when it is not pending, or about to start.
  func obstacle(of job: Job) -> Obstacle? {
    guard job.status == .pending else { return nil }
    if drain.isDraining { return .shuttingDown }
    if gate.isShortOfRoom { return .diskFull }
    guard let pool = workers.pool(named: job.pool) else { return .poolMissing(job.pool) }
    if pool.areAllStopping { return .workersStopped(in: pool.name, size: pool.size) }
    let lane = PendingQueue.Lane(job)
    let hold = jobs.throttle.hold(of: lane, refreshing: auth.refreshing, at: turn.now).map { hold in
      Obstacle(hold, of: lane) { [turn] in turn.wallNow + ($0 - turn.now) }
    }
    // A pause outlasts every moment.
    if let hold, hold.reason.needsAction { return hold }
    if let moment = job.nextRunAt, moment > turn.wallNow { return .time(moment, after: job.error) }
    if jobs.queue.holder(of: job.sequence) != nil { return .held(for: job.origin?.schedule ?? "") }
    return hold ?? (pool.comingCount > 0 || pool.workers.contains { $0.slot.state == .dormant } ? nil : .workersBusy)
  }
}

extension Honeydew_Obstacle {
  init(_ obstacle: Obstacle) {
    self.init()
    reason = obstacle.reason.rawValue
    text = obstacle.text
    until = obstacle.until?.description ?? ""
  }
}
