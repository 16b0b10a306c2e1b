internal import HoneydewConfig
internal import HoneydewCore
internal import HoneydewSystem

/// The way down: no new work, what runs may end within the limit, the rest goes back to pending.
struct Drain {
  /// When running attempts are given up (monotonic time); nil once they are.
  var deadline: Duration?
}

extension Supervisor {
  /// Begins to shut down; a second call hurries.
  func shutDown(reason: String) {
    guard drain == nil else {
      log.of(.daemon).warn("shutdown hurried", ["reason": .string(reason)])
      drain?.deadline = now
      return
    }
    log.of(.daemon).info("shutting down", ["reason": .string(reason)])
    drain = Drain(deadline: now + settings.queue.shutdownTimeout)
    onServingChange(false)
    for call in waitingCalls { call.completion(.failure(.shuttingDown)) }
    waitingCalls = []
    abandonRotation(.shuttingDown)
    abandonRestarts()
    for worker in pool.workers { pool.apply(.stop, to: worker) }
  }

  func advanceDrain() {
    guard let drain else { return }
    if let deadline = drain.deadline, deadline <= now { giveUp() }
    if self.drain?.deadline == nil { abandonOperations(.shuttingDown) }
  }

  private func giveUp() {
    drain?.deadline = nil
    let running = pool.workers.compactMap { $0.slot.work }
    if !running.isEmpty { log.of(.daemon).warn("jobs interrupted by the shutdown", ["jobs": .int(running.count)]) }
    for worker in pool.workers { pool.apply(.hurry, to: worker) }
  }

  /// Whether every worker is gone, and what they left is committed, and clients have the answers to what they asked for
  /// before.
  var isDrained: Bool {
    drain != nil && pool.isStopped && !jobs.hasChanges && !schedules.hasChanges && turn.isEmpty
      && sweeper.operations.isEmpty
  }
}
