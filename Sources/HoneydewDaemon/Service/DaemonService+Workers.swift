internal import HoneydewCore
internal import HoneydewRPC
internal import HoneydewWire

extension DaemonService {
  func listWorkers(_ request: Honeydew_ListWorkersRequest, _ call: UnaryCall<Honeydew_ListWorkersResponse>) {
    answer(call) { [supervisor] in .with { $0.workers = supervisor.describe(supervisor.pool.workers) } }
  }

  func stopWorker(_ request: Honeydew_StopWorkerRequest, _ call: UnaryCall<Honeydew_StopWorkerResponse>) {
    do {
      let worker = try supervisor.stopWorker(request.slot)
      answer(call) { [supervisor] in .with { $0.worker = supervisor.describe(worker) } }
    } catch {
      call.fail(error)
    }
  }

  func startWorker(_ request: Honeydew_StartWorkerRequest, _ call: UnaryCall<Honeydew_StartWorkerResponse>) {
    do {
      let worker = try supervisor.startWorker(request.slot)
      answer(call) { [supervisor] in .with { $0.worker = supervisor.describe(worker) } }
    } catch {
      call.fail(error)
    }
  }

  func restartWorker(_ request: Honeydew_RestartWorkerRequest, _ call: UnaryCall<Honeydew_RestartWorkerResponse>) {
    do throws(Status) {
      guard !request.all || request.slot == 0 else { throw .invalid("slot", "name one worker, or all: not both") }
      let answer = { [self, supervisor] (workers: [Worker]) in
        self.answer(call) { .with { $0.workers = supervisor.describe(workers) } }
      }
      let restart = try supervisor.restartWorkers(
        request.all ? nil : request.slot, urgently: request.now,
        completion: request.wait
          ? { outcome in
            switch outcome {
            case .success(let workers): answer(workers)
            case .failure(let status): call.fail(status)
            }
          } : nil)
      if request.wait { call.onCancel = restart.giveUp } else { answer(restart.workers) }
    } catch {
      call.fail(error)
    }
  }

  /// Answers at the end of the turn, from the pool alone: the store may be down.
  private func answer<Response>(_ call: UnaryCall<Response>, _ response: @escaping () -> Response) {
    supervisor.turn.always { call.respond(response()) }
  }
}

extension Supervisor {
  func describe(_ workers: [Worker]) -> [Honeydew_Worker] { workers.map { describe($0) } }

  fileprivate func describe(_ worker: Worker) -> Honeydew_Worker { Honeydew_Worker(worker, now: now) }
}
