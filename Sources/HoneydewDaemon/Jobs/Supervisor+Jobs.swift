internal import HoneydewConfig
internal import HoneydewCore
internal import HoneydewRPC
internal import HoneydewStore
internal import HoneydewSystem

/// Jobs on an operator's request.
extension Supervisor {
  /// Refuses what needs the store while it is down, and new work while the daemon shuts down.
  func requireStore(forWriting isWrite: Bool) throws(Status) {
    guard store != nil else { throw .storeUnavailable }
    guard !isWrite || drain == nil else { throw .shuttingDown }
  }

  /// The named environment, or the active one for an empty name.
  func environment(named name: String) throws(Status) -> Environment {
    if name.isEmpty, let active = environments.active { return active }
    return try existingEnvironment(name)
  }

  func existingEnvironment(_ name: String) throws(Status) -> Environment {
    guard let environment = environments.find(name) else { throw .environmentNotFound(name) }
    return environment
  }

  /// Cancels a job: the cancellation is committed first, then the attempt is stopped.
  ///
  /// - Returns: the job's full id.
  func cancel(_ text: String) throws(Status) -> String {
    try requireStore(forWriting: true)
    var job = try jobs.find(text)
    let previous = job.status
    guard job.cancel(at: wallNow) else { throw .wrongState(of: job, "it cannot be cancelled") }
    guard previous != .cancelled else { return job.id }
    jobs.end(job, from: previous, isQueued: true)
    let work = WorkID(id: job.id, attempt: job.attempt)
    if let worker = pool.workers.first(where: { $0.slot.work == work }) {
      turn.afterCommit { [pool] in pool!.apply(.cancel(work), to: worker) }
    }
    let fields: LogFields = ["job_id": .string(job.id), "command": .string(job.command)]
    turn.afterCommit { [log] in log.of(.queue).info("job cancelled", fields) }
    ended(job)
    return job.id
  }

  /// Reopens failed or cancelled jobs: all of them, or none.
  func retry(_ texts: [String]) throws(Status) -> Int {
    try requireStore(forWriting: true)
    let found = try find(texts)
    for job in found where job.status != .failed && job.status != .cancelled {
      throw .wrongState(of: job, "only a failed or cancelled job can be retried")
    }
    for job in found { try reopen(job) }
    return found.count
  }

  /// Removes ended jobs: all of them, or none.
  func remove(_ texts: [String]) throws(Status) -> Int {
    try requireStore(forWriting: true)
    let found = try find(texts)
    for job in found where !job.status.isEnd {
      throw .wrongState(of: job, "only an ended job can be removed; cancel it first")
    }
    remove(found.map { JobReference($0) })
    return found.count
  }

  func setPriority(of text: String, to priority: Int32) throws(Status) -> String {
    try requireStore(forWriting: true)
    var job = try jobs.find(text)
    guard job.status == .pending else { throw .wrongState(of: job, "only a pending job has a place in the queue") }
    job.priority = priority
    job.updatedAt = wallNow
    jobs.reprioritize(job, wallNow: wallNow, now: now)
    return job.id
  }

  /// Reopens the failed and cancelled jobs that match.
  func retryAll(_ filter: JobFilter, completion: @escaping (Result<Int, Status>) -> Void) {
    changeAll(
      filter,
      { [unowned self] references throws(Status) in
        for reference in references { try reopen(jobs.find(reference.id)) }
        return references.count
      }, completion: completion)
  }

  /// Removes the ended jobs that match.
  func removeAll(_ filter: JobFilter, completion: @escaping (Result<Int, Status>) -> Void) {
    changeAll(
      filter,
      { [unowned self] references throws(Status) in
        let unchanged = references.filter { !jobs.hasChanged($0.id) }
        remove(unchanged)
        return unchanged.count
      }, completion: completion)
  }

  private func find(_ texts: [String]) throws(Status) -> [Job] {
    var found: [Job] = []
    for text in texts {
      let job = try jobs.find(text)
      if !found.contains(where: { $0.id == job.id }) { found.append(job) }
    }
    return found
  }

  private func reopen(_ job: Job) throws(Status) {
    var reopened = job
    guard reopened.reopen(at: wallNow) else { return }
    try available { () throws(StoreError) in try jobs.reopen(reopened, from: job) }
    if case .spooled(let file, _) = job.result {
      turn.afterCommit { [home] in _ = try? Files.remove("\(home.results)/\(file)") }
    }
    let fields: LogFields = ["job_id": .string(job.id), "command": .string(job.command)]
    turn.afterCommit { [log] in log.of(.queue).info("job reopened", fields) }
  }

  func countAuthFailure(_ code: ErrorCode, in name: String) {
    guard let environment = environments.find(name) else { return }
    for write in environments.countAuthFailure(in: environment, at: wallNow) { turn.write(write) }
    guard code == .authExpired, expiredLogins.insert(environment.id).inserted else { return }
    // One line for all jobs of the turn.
    turn.afterCommit { [unowned self] in
      expiredLogins.remove(environment.id)
      guard let login = environments.login(of: environment) else { return }
      log.of(.auth).error(
        "auth token expired",
        [
          "environment": .string(name), "username": .string(login.username),
          "failed_jobs_count": .int(Int(login.failedAuthJobs)),
        ])
    } otherwise: { [unowned self] in
      expiredLogins.remove(environment.id)
    }
  }
}

extension JobReference {
  init(_ job: Job) {
    let file: String? = if case .spooled(let file, _) = job.result { file } else { nil }
    self.init(sequence: job.sequence, id: job.id, status: job.status, completedAt: job.completedAt, resultFile: file)
  }
}
