internal import HoneydewCore
internal import HoneydewRPC
internal import HoneydewSystem

/// The restart of one worker or of all, on an operator's request.
struct WorkerRestart {
  var rolling: RollingRestart
  let isOfAll: Bool
  /// Present jobs are not waited for.
  let isUrgent: Bool
  /// Called once: with the workers that are back, or why one is not.
  let completion: (Result<[Worker], Status>) -> Void
}

/// Workers on an operator's request. None of it needs the store.
extension Supervisor {
  /// - Parameter number: the worker's, from 1.
  func worker(_ number: Int32) throws(Status) -> Worker {
    guard number > 0 else { throw .invalid("slot", "slot is \(number); the workers are 1 to \(pool.workers.count)") }
    guard number <= pool.workers.count else { throw .workerNotFound(number, of: pool.workers.count) }
    return pool.workers[Int(number) - 1]
  }

  var areAllWorkersStopped: Bool { pool.workers.allSatisfy { $0.slot.plan == .stop } }

  /// Refuses a call that a client waits for while nobody can make it.
  func requireWorkers() throws(Status) {
    guard !areAllWorkersStopped else { throw .workersStopped }
  }

  /// Ends the worker's process after its present job; no other follows until `startWorker`.
  func stopWorker(_ number: Int32) throws(Status) -> Worker {
    let worker = try changeableWorker(number)
    pool.apply(.stop, to: worker)
    log.of(.worker).info("worker stop requested", ["worker_id": .int(worker.number)])
    return worker
  }

  func startWorker(_ number: Int32) throws(Status) -> Worker {
    let worker = try changeableWorker(number)
    pool.apply(.start, to: worker)
    log.of(.worker).info("worker start requested", ["worker_id": .int(worker.number)])
    return worker
  }

  /// Restarts one worker, or with nil all that are not stopped, one after the other.
  ///
  /// - Returns: the workers that are to be restarted.
  func restartWorkers(
    _ number: Int32?, urgently isUrgent: Bool, completion: @escaping (Result<[Worker], Status>) -> Void
  ) throws(Status) -> [Worker] {
    let chosen: [Worker]
    if let number {
      chosen = [try changeableWorker(number)]
      guard chosen[0].slot.plan != .stop else { throw .workerStopped(number) }
    } else {
      guard drain == nil else { throw .shuttingDown }
      guard !restarts.contains(where: \.isOfAll) else { throw .restartUnderWay }
      chosen = pool.workers.filter { $0.slot.plan != .stop }
    }
    log.of(.worker).info(
      "worker restart requested",
      ["workers": .string(chosen.map { String($0.number) }.joined(separator: " ")), "now": .bool(isUrgent)])
    restarts.append(
      WorkerRestart(
        rolling: RollingRestart(chosen.map(\.number)), isOfAll: number == nil, isUrgent: isUrgent,
        completion: completion))
    return chosen
  }

  /// Takes the restarts as far as the pool lets them go.
  func advanceRestarts() {
    for index in restarts.indices.reversed() where advance(&restarts[index]) { restarts.remove(at: index) }
  }

  func abandonRestarts() {
    for restart in restarts { restart.completion(.failure(.shuttingDown)) }
    restarts = []
  }

  /// - Returns: whether the restart is over.
  private func advance(_ restart: inout WorkerRestart) -> Bool {
    while true {
      switch restart.rolling.advance(pool.workers.map(\.slot)) {
      case .restart(let number):
        let worker = pool.workers[number - 1]
        pool.apply(.restart("restarted on request"), to: worker)
        // A login or a refresh may have its answer on the way, and that answer is there only once.
        let isCall = worker.slot.work.map { runningCalls[$0.id] != nil } ?? false
        if restart.isUrgent, !isCall { pool.apply(.hurry, to: worker) }
      case .wait:
        return false
      case .done:
        restart.completion(.success(restart.rolling.finished.map { pool.workers[$0 - 1] }))
        return true
      case .failed(let number):
        let worker = pool.workers[number - 1]
        log.of(.worker).error(
          "worker does not come back from its restart",
          ["worker_id": .int(number), "cause": .string(worker.lastExit), "reason": .string(worker.slot.lastCause)])
        restart.completion(.failure(.workerNotBack(worker)))
        return true
      }
    }
  }

  private func changeableWorker(_ number: Int32) throws(Status) -> Worker {
    guard drain == nil else { throw .shuttingDown }
    return try worker(number)
  }
}

extension Status {
  static func workerNotFound(_ number: Int32, of count: Int) -> Status {
    .error(.notFound, "there is no worker \(number); the workers are 1 to \(count)", reason: "WORKER_NOT_FOUND")
  }

  static func workerStopped(_ number: Int32) -> Status {
    .error(
      .failedPrecondition, "worker \(number) is stopped; start it with: honeydew worker start \(number)",
      reason: "WRONG_STATE")
  }

  static let workersStopped = Status.error(
    .failedPrecondition, "all workers are stopped; start one with: honeydew worker start 1", reason: "WRONG_STATE")

  static let restartUnderWay = Status.error(
    .failedPrecondition, "a restart of all workers is under way; see: honeydew worker list", reason: "WRONG_STATE")

  fileprivate static func workerNotBack(_ worker: Worker) -> Status {
    .error(
      .failedPrecondition,
      "worker \(worker.number) was restarted and does not come back (\(worker.lastExit)); the others were left as they "
        + "are. See: honeydew worker list", reason: "WORKER_NOT_READY")
  }
}
