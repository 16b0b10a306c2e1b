internal import HoneydewCore
internal import HoneydewRPC
internal import HoneydewSystem

/// The restart of all workers, or of one whose return somebody waits for.
final class WorkerRestart {
  var rolling: RollingRestart
  let isOfAll: Bool
  /// Present jobs are not waited for.
  let isUrgent: Bool
  /// nil when nobody waits.
  private var completion: ((Result<[Worker], Status>) -> Void)?

  init(_ workers: [Worker], isOfAll: Bool, isUrgent: Bool, completion: ((Result<[Worker], Status>) -> Void)?) {
    rolling = RollingRestart(workers.map(\.number))
    self.isOfAll = isOfAll
    self.isUrgent = isUrgent
    self.completion = completion
  }

  /// Tells who waits, once: the workers that are back, or why one is not.
  func tell(_ outcome: Result<[Worker], Status>) {
    completion.take()?(outcome)
  }

  func tellNobody() {
    completion = nil
  }
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
  /// - Parameter completion: called once, unless the wait is given up before; nil when nobody waits.
  /// - Returns: the workers that are to be restarted, and what gives up the wait.
  func restartWorkers(
    _ number: Int32?, urgently isUrgent: Bool, completion: ((Result<[Worker], Status>) -> Void)?
  ) throws(Status) -> (workers: [Worker], giveUp: () -> Void) {
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
    if number != nil, completion == nil {
      restart(chosen[0], urgently: isUrgent)
      return (chosen, {})
    }
    let restart = WorkerRestart(chosen, isOfAll: number == nil, isUrgent: isUrgent, completion: completion)
    restarts.append(restart)
    let giveUp = { [unowned self] in
      restart.tellNobody()
      // What has not begun yet begins with the turn's end.
      advanceRestarts()
      if !restart.isOfAll { restarts.removeAll { $0 === restart } }
    }
    return (chosen, giveUp)
  }

  private func restart(_ worker: Worker, urgently isUrgent: Bool) {
    pool.apply(.restart("restarted on request"), to: worker)
    // A login or a refresh may have its answer on the way, and that answer is there only once.
    let isCall = worker.slot.work.map { runningCalls[$0.id] != nil } ?? false
    if isUrgent, !isCall { pool.apply(.hurry, to: worker) }
  }

  /// Takes the restarts as far as the pool lets them go.
  func advanceRestarts() {
    restarts = restarts.filter { !advance($0) }
  }

  func abandonRestarts() {
    for restart in restarts { restart.tell(.failure(.shuttingDown)) }
    restarts = []
  }

  /// - Returns: whether the restart is over.
  private func advance(_ restart: WorkerRestart) -> Bool {
    while true {
      switch restart.rolling.advance(pool.workers.map(\.slot)) {
      case .restart(let number):
        self.restart(pool.workers[number - 1], urgently: restart.isUrgent)
      case .wait:
        return false
      case .done:
        restart.tell(.success(restart.rolling.finished.map { pool.workers[$0 - 1] }))
        return true
      case .failed(let number):
        let worker = pool.workers[number - 1]
        log.of(.worker).error(
          "worker does not come back from its restart",
          ["worker_id": .int(number), "cause": .string(worker.lastExit), "reason": .string(worker.slot.lastCause)])
        restart.tell(.failure(.workerNotBack(worker)))
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
    .failedPrecondition,
    "a restart of all workers is under way, one after the other; to interrupt a job that it waits for: honeydew worker "
      + "restart N --now", reason: "WRONG_STATE")

  fileprivate static func workerNotBack(_ worker: Worker) -> Status {
    .error(
      .failedPrecondition,
      "worker \(worker.number) was restarted and does not come back (\(worker.lastExit)); the others were left as they "
        + "are. See: honeydew worker list", reason: "WORKER_NOT_READY")
  }
}
