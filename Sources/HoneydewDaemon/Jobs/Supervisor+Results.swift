internal import HoneydewConfig
internal import HoneydewCore
internal import HoneydewRPC
internal import HoneydewSystem
internal import HoneydewWire

/// What workers answer, and what becomes of work whose worker is gone.
extension Supervisor {
  func accept(_ worker: Worker, _ work: WorkID, _ result: Honeydew_Worker_Result) {
    guard store != nil else {
      undecided.append((worker, work, result))
      return
    }
    decide(worker, work, result)
  }

  func decide(_ worker: Worker, _ work: WorkID, _ result: Honeydew_Worker_Result) {
    let call = runningCalls.removeValue(forKey: work.id)
    if let call {
      call.completion(.success(result))
    } else if jobs.running[work.id]?.attempt == work.attempt {
      end(work, with: outcome(of: result, work), duration: now - worker.workBegan)
    } else {
      removeUnfinishedResult(of: work)
    }
    turn.afterCommit { [pool] in
      pool!.apply(.resultCommitted(work), to: worker)
    } otherwise: { [unowned self] in
      if let call, call.isRefresh { runningCalls[work.id] = call }
      undecided.append((worker, work, result))
    }
  }

  func lose(_ work: WorkID, _ loss: Slot.Loss) {
    turn.always { [unowned self] in removeUnfinishedResult(of: work) }
    let failure: JobError
    switch loss {
    case .crashed(let text): failure = JobError(.workerCrashed, "the worker died: \(text)")
    case .misbehaved(let text): failure = JobError(.protocolError, "the worker \(text)")
    case .timedOut: failure = JobError(.timeout, "the attempt did not end within its time; its worker was killed")
    case .interrupted:
      runningCalls.removeValue(forKey: work.id)?.completion(.failure(.shuttingDown))
      return end(work, with: .interrupted, duration: .zero)
    }
    if let call = runningCalls.removeValue(forKey: work.id) {
      return call.completion(.failure(Status.error(.unavailable, failure.text, reason: failure.code.rawValue)))
    }
    let attempt = AttemptFailure(failure)
    end(work, with: failure.code == .timeout ? .failed(attempt) : .crashed(attempt), duration: .zero)
  }

  /// Ends a job's attempt. With the store down nothing is noted: reloading takes the job for interrupted.
  private func end(_ work: WorkID, with outcome: AttemptOutcome, duration: Duration) {
    guard store != nil, var job = jobs.running[work.id] else { return }
    let ending = job.end(
      attempt: work.attempt, outcome, command: CommandRegistry.find(job.command), jitter: jitter(), at: wallNow)
    guard let ending else { return }
    if case .failed(let failure) = outcome, failure.error.code == .rateLimited, let rest = failure.retryAfter {
      jobs.throttle.rest(PendingQueue.Lane(job), until: now + rest)
      turn.write(
        .setConfig(key: Throttle.restsKey, value: jobs.throttle.restsText(at: now, wallNow: wallNow)))
    }
    jobs.update(job, ending, PastAttempt.Outcome(outcome), now: now)
    switch ending {
    case .completed:
      let fields: LogFields = [
        "job_id": .string(job.id), "command": .string(job.command),
        "duration_ms": .int(Int(duration.wholeMilliseconds)),
      ]
      turn.afterCommit { [log, statistics, now] in
        statistics.jobCompleted(at: now)
        log.of(.queue).info("job completed", fields)
      }
      ended(job)
    case .failed: ended(job)
    case .requeued: break
    case .retrying: logRetry(of: job)
    }
  }

  func logRetry(of job: Job) {
    var fields: LogFields = [
      "job_id": .string(job.id), "command": .string(job.command), "error": .string(job.error?.description ?? ""),
      "retry_count": .int(Int(job.retryCount)), "next_retry": .string(job.nextRunAt?.description ?? ""),
    ]
    fields.appendRequest(of: job)
    turn.afterCommit { [log] in log.of(.queue).warn("job retrying", fields) }
  }

  /// Tells those who wait for the job, and the log, after the commit.
  func ended(_ job: Job) {
    authMarks[job.id] = nil
    if job.status == .failed {
      var fields: LogFields = [
        "job_id": .string(job.id), "command": .string(job.command), "error": .string(job.error?.description ?? ""),
        "retry_count": .int(Int(job.retryCount)),
      ]
      fields.appendRequest(of: job)
      turn.afterCommit { [log, statistics, now] in
        statistics.jobFailed(job.error?.code, at: now)
        log.of(.queue).error("job failed", fields)
      }
      if let error = job.error, error.code.isAuthentication, let name = job.environment {
        countAuthFailure(error.code, in: name)
      }
    }
    guard waits.isAwaited(job.id) else { return }
    turn.makeDurable()
    turn.afterCommit { [waits] in waits.jobEnded(job.id) }
  }

  private func outcome(of result: Honeydew_Worker_Result, _ work: WorkID) -> AttemptOutcome {
    switch result.outcome {
    case .data(let data): return .succeeded(.inline(data))
    case .spooled(let spooled): return keepSpooled(size: Int64(clamping: spooled.size), work)
    case .failure(let failure): return .failed(AttemptFailure(failure))
    case .unauthorized(let unauthorized):
      return self.outcome(ofRefusal: unauthorized.text.asReport, generation: unauthorized.tokenGeneration, work)
    case .tokens, nil:
      return .crashed(AttemptFailure(JobError(.protocolError, "the worker sent a result without an outcome")))
    }
  }

  /// Gives a spooled result its final name, before the commit that mentions it. It has the name already when an earlier
  /// commit failed.
  private func keepSpooled(size: Int64, _ work: WorkID) -> AttemptOutcome {
    let path = spoolPath(work)
    do {
      if try Files.status(path) == nil { try Files.rename(path + ".part", to: path) }
      try Files.synchronizeDirectory(of: path)
      CrashPoint.afterRename.pass()
      return .succeeded(.spooled(file: Self.resultFile(work), size: size))
    } catch {
      return .failed(
        AttemptFailure(JobError(.protocolError, "the result's file \(path).part is not to be had: \(error)")))
    }
  }

  private func removeUnfinishedResult(of work: WorkID) {
    _ = try? Files.remove(spoolPath(work) + ".part")
  }

  static func resultFile(_ work: WorkID) -> String { "\(work.id).\(work.attempt)" }

  private func spoolPath(_ work: WorkID) -> String { "\(home.results)/\(Self.resultFile(work))" }
}

extension LogFields {
  /// Tells under which id the API knows the job's latest attempt.
  mutating func appendRequest(of job: Job) {
    guard job.environment != nil, job.attempt > 0 else { return }
    append("request_id", .string(WorkID(id: job.id, attempt: job.attempt).requestID))
  }
}

extension PastAttempt.Outcome {
  init(_ outcome: AttemptOutcome) {
    switch outcome {
    case .succeeded: self = .completed
    case .failed(let failure) where failure.wasNotKept: self = .interrupted
    case .failed, .unauthorized: self = .failed
    case .crashed: self = .crashed
    case .interrupted: self = .interrupted
    }
  }
}

extension AttemptFailure {
  /// A worker's report. A code that the contract's table does not hold is the worker's fault.
  init(_ report: Honeydew_Worker_Failure) {
    guard let code = ErrorCode(rawValue: report.code) else {
      self.init(JobError(.protocolError, "the worker reported the unknown code \(report.code.printable)"))
      return
    }
    self.init(
      JobError(code, report.text.asReport), notSent: report.notSent, isPermanent: report.permanent,
      retryAfter: report.retryAfterMs > 0 ? min(.milliseconds(report.retryAfterMs), Throttle.longestRest) : nil,
      data: report.data.isEmpty ? nil : .inline(report.data), wasNotKept: report.notKept)
  }
}

extension String {
  /// A worker's text as it is kept: those of a thousand listed jobs must fit into one message.
  var asReport: String { shortened(toBytes: 2048) }
}
