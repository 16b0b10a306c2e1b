internal import HoneydewCore
internal import HoneydewMessages
internal import HoneydewProtobuf
internal import HoneydewRPC

extension DaemonService {
  func listWorkers(_ request: Honeydew_ListWorkersRequest, _ call: UnaryCall<Honeydew_ListWorkersResponse>) {
    answer(call) { .with { $0.workers = describe(supervisor.workers.shown) } }
  }

  func stopWorker(_ request: Honeydew_StopWorkerRequest, _ call: UnaryCall<Honeydew_StopWorkerResponse>) {
    answer(call) { () throws(Refusal) in
      call.concerns(Self.name(request.slot, request.pool))
      let worker = try supervisor.restarts.stop(request.slot, in: request.pool)
      return .with { $0.worker = Honeydew_Worker(worker, now: turn.now) }
    }
  }

  func startWorker(_ request: Honeydew_StartWorkerRequest, _ call: UnaryCall<Honeydew_StartWorkerResponse>) {
    answer(call) { () throws(Refusal) in
      call.concerns(Self.name(request.slot, request.pool))
      let worker = try supervisor.restarts.start(request.slot, in: request.pool)
      return .with { $0.worker = Honeydew_Worker(worker, now: turn.now) }
    }
  }

  func restartWorker(_ request: Honeydew_RestartWorkerRequest, _ call: UnaryCall<Honeydew_RestartWorkerResponse>) {
    call.concerns(request.all ? "all" : Self.name(request.slot, request.pool))
    do throws(Refusal) {
      guard !request.all || request.slot == 0 else { throw .invalid("slot", "name one worker, or all: not both") }
      let completion = { [self] (outcome: Result<[Worker], Refusal>) in
        answer(call) { () throws(Refusal) in
          let workers = try outcome.get()
          return .with { $0.workers = describe(workers) }
        }
      }
      let restart = try supervisor.restarts.restart(
        request.all ? nil : request.slot, in: request.pool, urgently: request.now,
        completion: request.wait ? completion : nil)
      guard request.wait else { return completion(.success(restart.workers)) }
      call.onCancel = { [turn] in
        restart.giveUp()
        // The restart goes on, and nothing else says whose it is.
        turn.audit(call, when: .always)
      }
    } catch {
      // None of it needs the store.
      answer(call) { () throws(Refusal) in throw error }
    }
  }

  private static func name(_ slot: Int32, _ pool: String) -> String { pool.isEmpty ? String(slot) : "\(pool)/\(slot)" }

  func describe(_ workers: [Worker]) -> [Honeydew_Worker] { workers.map { Honeydew_Worker($0, now: turn.now) } }
}
