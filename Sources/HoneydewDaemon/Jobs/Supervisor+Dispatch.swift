internal import HoneydewConfig
internal import HoneydewCore
internal import HoneydewStore
internal import HoneydewSystem
internal import HoneydewWire

/// Giving work to idle workers: internal calls first, then jobs in the queue's order.
extension Supervisor {
  /// Jobs refused in one turn; more wait for the next.
  private static let refusalLimit = 500

  func dispatch() {
    isDispatchUnfinished = false
    guard store != nil else { return }
    if case .committing = rotation?.phase {
      // The rows' payloads are still sealed under the previous key.
      isDispatchUnfinished = true
      return
    }
    for worker in pool.workers where worker.isIdle {
      if !startWaitingCall(on: worker), drain == nil {
        do throws(StoreError) {
          guard try startNextJob(on: worker) else { return }
        } catch {
          return storeFailed(error)
        }
      }
    }
  }

  /// - Returns: false when there is nothing more to start now.
  private func startNextJob(on worker: Worker) throws(StoreError) -> Bool {
    for _ in 0..<Self.refusalLimit {
      guard var job = try jobs.takeNext(now: now, wallNow: wallNow) else { return false }
      guard !pool.workers.contains(where: { $0.slot.work?.id == job.id }) else {
        // Its cancelled attempt has not let go of its worker yet.
        jobs.putBack(job, until: now + .milliseconds(100))
        continue
      }
      guard isAuthorized(&job) else {
        // What it waits for may be a refresh that has no worker yet.
        if startWaitingCall(on: worker) { return true }
        continue
      }
      do throws(JobError) {
        var run = try prepare(job)
        job.start(on: Int32(worker.number), at: wallNow)
        run.attempt = job.attempt
        jobs.start(job)
        assign(WorkID(id: job.id, attempt: job.attempt), run, to: worker)
        var fields: LogFields = [
          "job_id": .string(job.id), "command": .string(job.command), "worker_id": .int(worker.number),
        ]
        fields.appendRequest(of: job)
        turn.afterCommit { [log] in log.of(.queue).info("job started", fields) }
        return true
      } catch {
        refuse(&job, error)
      }
    }
    isDispatchUnfinished = true
    return false
  }

  func refuse(_ job: inout Job, _ error: JobError) {
    job.refuse(error, at: wallNow)
    jobs.end(job, from: .pending, isQueued: false)
    ended(job)
  }

  /// The frame that starts the job, or why it cannot start.
  private func prepare(_ job: Job) throws(JobError) -> Honeydew_Worker_Run {
    var run = Honeydew_Worker_Run()
    run.jobID = job.id
    run.command = job.command
    do {
      run.payload = String(decoding: try open(job), as: UTF8.self)
    } catch {
      throw JobError(.invalidPayload, "the secret arguments cannot be opened; submit the job again. \(error)")
    }
    run.timeoutMs = job.timeoutMilliseconds ?? settings.api.timeout.wholeMilliseconds
    run.resultsDirectory = home.results
    run.resultFile = Self.resultFile(WorkID(id: job.id, attempt: job.attempt + 1))
    guard let name = job.environment else { return run }
    guard let environment = environments.find(name) else {
      throw JobError(.authRequired, "the environment \(name) no longer exists")
    }
    run.endpoint = endpoint(of: environment)
    (run.accessToken, run.tokenGeneration) = try environments.accessToken(of: environment)
    return run
  }

  func endpoint(of environment: Environment) -> Honeydew_Worker_Endpoint {
    .with {
      $0.url = environment.baseURL
      $0.caFile = environment.caFile ?? ""
      $0.useProxy = settings.api.useProxy
      $0.maxResponseBytes = UInt64(settings.api.maxResponseMegabytes) << 20
    }
  }

  private func startWaitingCall(on worker: Worker) -> Bool {
    guard !waitingCalls.isEmpty else { return false }
    let call = waitingCalls.removeFirst()
    var run = call.run
    run.attempt = 1
    runningCalls[run.jobID] = call
    assign(WorkID(id: run.jobID, attempt: 1), run, to: worker)
    return true
  }

  private func assign(_ work: WorkID, _ run: Honeydew_Worker_Run, to worker: Worker) {
    worker.run = run
    pool.apply(.assign(work, timeout: .milliseconds(run.timeoutMs)), to: worker)
    turn.afterCommit { [pool] in
      pool!.apply(.assignmentCommitted(work), to: worker)
    } otherwise: { [unowned self] in
      pool.apply(.assignmentDropped(work), to: worker)
      runningCalls.removeValue(forKey: work.id)?.completion(.failure(.storeUnavailable))
    }
  }
}
