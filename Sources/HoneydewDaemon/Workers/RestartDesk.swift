internal import HoneydewCore
internal import HoneydewSystem

/// Workers on an operator's request: stopped, started, and restarted one after the other. None of it needs the store.
final class RestartDesk: TurnOwner {
  /// The restart of all workers, or of one whose return somebody waits for.
  private final class Restart {
    /// By the places in `workers`, from 1.
    var rolling: RollingRestart
    let workers: [Worker]
    let isOfAll: Bool
    /// Present jobs are not waited for.
    let isUrgent: Bool
    /// Told once: the workers that are back, or why one is not; nil when nobody waits.
    var completion: ((Result<[Worker], Refusal>) -> Void)?

    init(
      _ workers: [Worker], isOfAll: Bool, isUrgent: Bool, completion: ((Result<[Worker], Refusal>) -> Void)?
    ) {
      rolling = RollingRestart(Array(1..<workers.count + 1))
      self.workers = workers
      self.isOfAll = isOfAll
      self.isUrgent = isUrgent
      self.completion = completion
    }
  }

  private let turn: Turn
  private let workers: WorkerDesk
  private let auth: AuthDesk
  private let drain: DrainDesk
  private var restarts: [Restart] = []

  init(turn: Turn, workers: WorkerDesk, auth: AuthDesk, drain: DrainDesk) {
    self.turn = turn
    self.workers = workers
    self.auth = auth
    self.drain = drain
  }

  /// - Parameters:
  ///   - number: the worker's, from 1.
  ///   - pool: the name of its pool; empty for `api`.
  private func worker(_ number: Int32, in pool: String) throws(Refusal) -> Worker {
    guard !drain.isDraining else { throw .shuttingDown }
    let pool = try self.pool(named: pool)
    guard number > 0 else { throw .invalid("slot", "slot is \(number); the workers are 1 to \(pool.workers.count)") }
    guard number <= pool.workers.count else { throw .workerNotFound(number, of: pool.workers.count, in: pool.name) }
    return pool.workers[Int(number) - 1]
  }

  private func pool(named name: String) throws(Refusal) -> Pool {
    let name = name.isEmpty ? PoolRules.api : name
    guard let pool = workers.pool(named: name) else {
      throw .poolNotFound(name, among: workers.pools.map(\.name))
    }
    return pool
  }

  /// Changes how many workers a pool may have, until the daemon's end.
  func resize(_ name: String, to size: Int32) throws(Refusal) -> Pool {
    guard !drain.isDraining else { throw .shuttingDown }
    guard PoolRules.size.contains(Int(size)) else {
      throw .outOfRange("workers", size, Int64(PoolRules.size.lowerBound)...Int64(PoolRules.size.upperBound))
    }
    let pool = try pool(named: name)
    workers.resize(pool, to: Int(size))
    return pool
  }

  /// Refuses a call that a client waits for while nobody can make it.
  func requireWorkers() throws(Refusal) {
    guard !workers.api.areAllStopping else { throw .workersStopped(in: workers.api.name, size: workers.api.size) }
  }

  /// Ends the worker's process after its present job; no other follows until `start`.
  func stop(_ number: Int32, in pool: String) throws(Refusal) -> Worker {
    let worker = try worker(number, in: pool)
    workers.apply(.stop, to: worker)
    return worker
  }

  func start(_ number: Int32, in pool: String) throws(Refusal) -> Worker {
    let worker = try worker(number, in: pool)
    workers.apply(.start, to: worker)
    return worker
  }

  /// Restarts one worker, or with nil all that are not stopped, one after the other.
  ///
  /// - Parameters:
  ///   - pool: the name of its pool; empty for `api`, or for all pools where no number is given.
  ///   - completion: called once, unless the wait is given up before; nil when nobody waits.
  /// - Returns: the workers that are to be restarted, and what gives up the wait.
  func restart(
    _ number: Int32?, in pool: String, urgently isUrgent: Bool, completion: ((Result<[Worker], Refusal>) -> Void)?
  ) throws(Refusal) -> (workers: [Worker], giveUp: () -> Void) {
    let chosen: [Worker]
    if let number {
      chosen = [try worker(number, in: pool)]
      guard chosen[0].slot.plan != .stop else { throw .workerStopped(chosen[0].name) }
    } else {
      guard !drain.isDraining else { throw .shuttingDown }
      guard !restarts.contains(where: \.isOfAll) else { throw .restartUnderWay }
      let among = pool.isEmpty ? workers.all : try self.pool(named: pool).workers
      chosen = among.filter { $0.slot.plan != .stop }
    }
    // Whoever does not wait has the call's own line at once.
    if completion != nil {
      turn.log(
        .info, .worker, "worker restart requested",
        ["workers": .string(chosen.map(\.name).joined(separator: " ")), "now": .bool(isUrgent)],
        when: .always)
    }
    if number != nil, completion == nil {
      restart(chosen[0], urgently: isUrgent)
      return (chosen, {})
    }
    let restart = Restart(chosen, isOfAll: number == nil, isUrgent: isUrgent, completion: completion)
    restarts.append(restart)
    let giveUp = { [unowned self] in
      restart.completion = nil
      // What has not begun yet begins with the turn's end.
      step()
      if !restart.isOfAll { restarts.removeAll { $0 === restart } }
    }
    return (chosen, giveUp)
  }

  private func restart(_ worker: Worker, urgently isUrgent: Bool) {
    workers.apply(.restart("restarted on request"), to: worker)
    // A login or a refresh may have its answer on the way, and that answer is there only once.
    let isCall = worker.slot.work.map { auth.isCall($0) } ?? false
    if isUrgent, !isCall { workers.apply(.hurry, to: worker) }
  }

  /// Takes the restarts as far as the pool lets them go.
  func step() {
    guard !restarts.isEmpty else { return }
    guard !drain.isDraining else {
      let abandoned = restarts
      restarts = []
      for restart in abandoned { restart.completion.take()?(.failure(.shuttingDown)) }
      return
    }
    restarts = restarts.filter { !advance($0) }
  }

  /// - Returns: whether the restart is over.
  private func advance(_ restart: Restart) -> Bool {
    while true {
      switch restart.rolling.advance(restart.workers.map(\.slot)) {
      case .restart(let number):
        self.restart(restart.workers[number - 1], urgently: restart.isUrgent)
      case .wait:
        return false
      case .done:
        restart.completion.take()?(.success(restart.rolling.finished.map { restart.workers[$0 - 1] }))
        return true
      case .failed(let number):
        let worker = restart.workers[number - 1]
        turn.log(
          .error, .worker, "worker does not come back from its restart",
          [
            "worker_id": .int(worker.number), "pool": .string(worker.pool.name), "cause": .string(worker.lastExit),
            "reason": .string(worker.slot.lastCause),
          ],
          when: .always)
        restart.completion.take()?(.failure(.workerNotBack(worker.name, worker.lastExit)))
        return true
      }
    }
  }
}
