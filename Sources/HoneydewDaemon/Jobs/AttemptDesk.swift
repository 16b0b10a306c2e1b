internal import HoneydewCore
internal import HoneydewFrames
internal import HoneydewStore
internal import HoneydewSystem

/// The ends of attempts: what workers answered, and what the death of a worker costs its job.
final class AttemptDesk: TurnOwner {
  private let turn: Turn
  private let gate: StoreGate
  private let inbox: Inbox
  private let jobs: JobBook
  private let auth: AuthDesk
  private let workers: WorkerDesk
  private let results: ResultPlace
  private let jitter: () -> Double

  init(
    turn: Turn, gate: StoreGate, inbox: Inbox, jobs: JobBook, auth: AuthDesk, workers: WorkerDesk, results: ResultPlace,
    jitter: @escaping () -> Double
  ) {
    self.turn = turn
    self.gate = gate
    self.inbox = inbox
    self.jobs = jobs
    self.auth = auth
    self.workers = workers
    self.results = results
    self.jitter = jitter
  }

  func step() {
    guard gate.store != nil, !inbox.isEmpty else { return }
    for input in inbox.take() {
      turn.beginDecision()
      decide(input)
    }
  }

  private func decide(_ input: WorkerInput) {
    var input = input
    input.call = input.call ?? auth.takeCall(input.work)
    turn.note(input)
    switch input.kind {
    case .result(let worker, let result, let file, let duration):
      if let call = input.call {
        auth.answered(call, .success(result))
      } else if jobs.running[input.work.id]?.attempt == input.work.attempt {
        end(input.work, with: outcome(of: result, in: file, worker, input.work), after: duration)
      }
      turn.plan(.acknowledge(worker, input.work), when: .committed)
    case .lost(let loss, let duration):
      charge(loss, after: duration, to: input)
    }
  }

  /// Charges the work of a worker that ended without an answer.
  private func charge(_ loss: Slot.Loss, after duration: Duration, to input: WorkerInput) {
    guard let call = input.call else { return end(input.work, with: loss.outcome, after: duration) }
    switch loss {
    case .neverBegan: auth.requeue(call)
    case .interrupted, .daemonDied: auth.answered(call, .failure(.shuttingDown))
    case .crashed, .misbehaved, .timedOut: auth.answered(call, .failure(Refusal(loss.error)))
    }
  }

  private func end(_ work: WorkID, with outcome: AttemptOutcome, after duration: Duration) {
    guard var job = jobs.running[work.id] else { return }
    var outcome = outcome
    if case .failed(var failure) = outcome, failure.wasNotKept {
      results.noteLoss(failure.error.text, at: turn.now)
      failure.earlierUnkept = jobs.unkeptRuns(of: job)
      outcome = .failed(failure)
    }
    let ending = job.end(
      attempt: work.attempt, outcome, command: job.registered, jitter: jitter(), at: turn.wallNow)
    guard let ending else { return }
    if case .failed(let failure) = outcome, failure.error.code == .rateLimited, let rest = failure.retryAfter {
      jobs.throttle.rest(PendingQueue.Lane(job), until: turn.now + rest)
      turn.write(
        .setConfig(key: Throttle.restsKey, value: jobs.throttle.restsText(at: turn.now, wallNow: turn.wallNow)))
    }
    switch outcome {
    case .crashed: jobs.throttle.crashed(PendingQueue.Lane(job), startTime: workers.startTime, at: turn.now)
    case .succeeded:
      jobs.throttle.completed(PendingQueue.Lane(job))
      auth.succeeded(job)
    case .failed, .unauthorized, .interrupted, .neverBegan: break
    }
    jobs.update(job, ending, PastAttempt.Outcome(outcome), report: job.isLocal ? outcome.report : nil, after: duration)
  }

  private func outcome(
    of result: Honeydew_Worker_Result, in file: LentFile?, _ worker: Worker, _ work: WorkID
  ) -> AttemptOutcome {
    switch result.outcome {
    case .data(let data): return .succeeded(.inline(data))
    case .spooled(let spooled): return keep(file, size: Int64(clamping: spooled.size), worker, work)
    case .failure(let failure): return .failed(AttemptFailure(failure).ofRunningJob)
    case .unauthorized(let unauthorized):
      return auth.outcome(
        ofRefusal: unauthorized.text.asReport, generation: unauthorized.tokenGeneration, work,
        of: jobs.running[work.id])
    case .tokens, nil:
      return .crashed(AttemptFailure(JobError(.protocolError, "the worker sent a result without an outcome")))
    }
  }

  // MARK: long results

  static func resultFile(_ work: WorkID) -> String { ResultFileName.name(id: work.id, attempt: work.attempt) }

  /// Gives a spooled result its name, before the commit that mentions it. It has the name already when an earlier commit
  /// failed.
  private func keep(_ file: LentFile?, size: Int64, _ worker: Worker, _ work: WorkID) -> AttemptOutcome {
    guard let file else { return distrust(worker, "answered with a file that it does not have") }
    let name = Self.resultFile(work)
    do throws(Errno) {
      if let breach = try results.keep(file, as: name, size: size) {
        return distrust(worker, "answered with a file, but \(breach)")
      }
      gate.noteRename(in: results.directory)
      turn.makeDurable()
      CrashPoint.afterRename.pass()
      return .succeeded(.spooled(file: name, size: size))
    } catch {
      let error = JobError(.apiUnavailable, "the result cannot be kept as \(results.directory)/\(name): \(error)")
      return .failed(AttemptFailure(error, wasNotKept: true))
    }
  }

  /// The process has said what is not so: it does nothing more.
  private func distrust(_ worker: Worker, _ what: String) -> AttemptOutcome {
    turn.log(
      .warn, .worker, "worker broke the protocol", ["worker_id": .int(worker.number), "error": .string(what)],
      when: .always)
    workers.apply(.restart("it \(what)"), to: worker)
    return .crashed(AttemptFailure(JobError(.protocolError, "the worker \(what)")))
  }
}

extension AttemptOutcome {
  /// What came with it, where that is short.
  fileprivate var report: [UInt8]? {
    switch self {
    case .succeeded(.inline(let bytes)): bytes
    case .failed(let failure): if case .inline(let bytes) = failure.data { bytes } else { nil }
    default: nil
    }
  }
}

extension PastAttempt.Outcome {
  init(_ outcome: AttemptOutcome) {
    switch outcome {
    case .succeeded: self = .completed
    case .failed(let failure) where failure.wasNotKept: self = .interrupted
    case .failed, .unauthorized: self = .failed
    case .crashed: self = .crashed
    case .interrupted, .neverBegan: self = .interrupted
    }
  }
}

extension Refusal {
  /// What a client is told when a call fails with this error.
  init(_ error: JobError) {
    self.init(Reason(rawValue: error.code.rawValue) ?? .protocolError, error.text)
  }
}
