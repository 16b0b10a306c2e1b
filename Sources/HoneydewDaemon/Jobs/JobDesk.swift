internal import HoneydewCore
internal import HoneydewStore

/// Cancels, reopens and removes single jobs on request, and changes their priority.
final class JobDesk {
  private let turn: Turn
  private let jobs: JobBook
  private let workers: WorkerDesk

  init(turn: Turn, jobs: JobBook, workers: WorkerDesk) {
    self.turn = turn
    self.jobs = jobs
    self.workers = workers
  }

  /// Cancels a job: the cancellation is committed first, then the attempt is stopped.
  ///
  /// - Returns: the job's full id.
  func cancel(_ text: String, within reach: Access.Reach) throws(Refusal) -> String {
    let job = try jobs.find(text, within: reach)
    try cancel(job)
    return job.id
  }

  func cancel(_ job: Job) throws(Refusal) {
    var job = job
    let previous = job.status
    guard job.cancel(job.registered, at: turn.wallNow) else {
      throw .wrongState(of: job.id, job.status, "it cannot be cancelled")
    }
    guard previous != .cancelled else { return }
    jobs.end(job, from: previous, isQueued: true)
    let work = WorkID(id: job.id, attempt: job.attempt)
    if let worker = workers.worker(with: work) { turn.plan(.stopAttempt(worker, work), when: .committed) }
  }

  /// Cancels a pending or running job.
  ///
  /// - Returns: false when it has ended by now.
  func cancel(_ reference: JobReference) throws(Refusal) -> Bool {
    guard var job = try jobs.outline(sequence: reference.sequence), !job.status.isEnd else { return false }
    // Whether a running job may have had an effect is in its payload, if it is a document.
    if job.status == .running { job = try jobs.job(sequence: job.sequence) ?? job }
    try cancel(job)
    return true
  }

  /// - Returns: the job's full id.
  func setPriority(of text: String, to priority: Int32, within reach: Access.Reach) throws(Refusal) -> String {
    var job = try jobs.find(text, within: reach)
    guard job.status == .pending else {
      throw .wrongState(of: job.id, job.status, "only a pending job has a place in the queue")
    }
    job.priority = priority
    job.updatedAt = turn.wallNow
    jobs.reprioritize(job)
    return job.id
  }

  /// Reopens an ended job, as far as its state allows it.
  ///
  /// - Returns: false when it is in another state by now.
  func reopen(_ reference: JobReference, by access: Access) throws(Refusal) -> Bool {
    if reference.isLocal { try access.checkLocal() }
    // The report of a local command goes into its history.
    let found =
      reference.isLocal
      ? try jobs.job(sequence: reference.sequence) : try jobs.outline(sequence: reference.sequence)
    guard let job = found else { return false }
    var reopened = job
    guard reopened.reopen(at: turn.wallNow) else { return false }
    try jobs.reopen(reopened, from: job)
    turn.weigh(try jobs.payloadLength(sequence: job.sequence))
    if case .spooled(let file, _) = job.result { turn.plan(.removeResult(file), when: .committed) }
    return true
  }

  /// Removes an ended job, and after the commit its file.
  ///
  /// - Returns: false when this turn has changed it.
  func remove(_ reference: JobReference) -> Bool {
    guard !jobs.hasChanged(reference.id) else { return false }
    jobs.remove([reference])
    if reference.isLocal {
      turn.plan(.removeOutputs(of: reference.id, OutputFileName.kept(of: reference.version.attempt)), when: .committed)
    }
    if let file = reference.resultFile { turn.plan(.removeResult(file), when: .committed) }
    return true
  }
}
