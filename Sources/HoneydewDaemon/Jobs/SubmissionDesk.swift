internal import HoneydewConfig
internal import HoneydewCore
internal import HoneydewStore

/// Checks what clients and schedules submit, and queues it.
final class SubmissionDesk {
  private let turn: Turn
  private let jobs: JobBook
  private let auth: AuthDesk
  private let keys: KeyDesk
  private let options: LiveSettings
  /// The names of all pools.
  private let pools: Set<String>
  private let newID: () -> String

  init(
    turn: Turn, jobs: JobBook, auth: AuthDesk, keys: KeyDesk, options: LiveSettings,
    pools: Set<String>, newID: @escaping () -> String
  ) {
    self.turn = turn
    self.jobs = jobs
    self.auth = auth
    self.keys = keys
    self.options = options
    self.pools = pools
    self.newID = newID
  }

  /// What may be submitted under the present settings.
  var rules: SubmissionRules { SubmissionRules(admitsDiagnostics: options.settings.queue.diagnostics, pools: pools) }

  /// Checks and queues a job.
  ///
  /// - Returns: the job's id; under a key that is known, that of the first submission.
  func submit(_ submission: Submission) throws(Refusal) -> String {
    let job = try check(submission)
    guard let key = job.idempotency?.key, let first = try jobs.job(idempotencyKey: key, of: job.submitter) else {
      try requireRoom()
      return queue(job)
    }
    guard try isRepeated(first, by: job) else { throw .idempotencyConflict(first.id) }
    return first.id
  }

  /// What a submission asks for, or why it cannot be.
  func checkContent(_ submission: Submission) throws(Refusal) -> SubmissionRules.Checked {
    try rules.check(submission, at: turn.wallNow) { name throws(Refusal) in try auth.environment(named: name).name }
  }

  /// The job that a submission asks for, its place in the queue aside.
  func check(_ submission: Submission) throws(Refusal) -> Job {
    let checked = try checkContent(submission)
    let options = submission.options
    let id = newID()
    return Job(
      id: id, sequence: 0, command: checked.command.name, submitter: submission.submitter,
      payload: try keys.seal(checked.payload, of: checked.command, row: Job.row(id: id)), priority: options.priority,
      environment: checked.environment, pool: checked.pool, local: checked.local,
      maxRetries: options.maxRetries ?? (checked.local == nil ? Int32(self.options.settings.queue.maxRetries) : 0),
      timeoutMilliseconds: options.timeoutMilliseconds, labels: options.labels,
      idempotency: options.idempotencyKey.isEmpty
        ? nil : Idempotency(key: options.idempotencyKey, options: options.canonicalText),
      nextRunAt: checked.start, createdAt: turn.wallNow)
  }

  /// Refuses new jobs while the disk is full.
  func requireRoom() throws(Refusal) { try jobs.gate.requireRoom() }

  /// Gives a job that was checked its place in the queue.
  ///
  /// - Returns: its id.
  func queue(_ job: Job) -> String {
    var job = job
    job.sequence = jobs.nextSequence()
    jobs.insert(job)
    turn.weigh(job.payload.count)
    return job.id
  }

  /// Whether another submission under the same key asks for the same.
  func isRepeated(_ first: Job, by other: Job) throws(Refusal) -> Bool {
    guard first.command == other.command, first.environment == other.environment, first.pool == other.pool,
      first.idempotency?.options == other.idempotency?.options
    else { return false }
    if first.payload == other.payload { return true }
    do {
      return try haveSameArguments(keys.open(first), keys.open(other))
    } catch {
      throw .sealingFailed("the secret arguments of job \(first.id)", error)
    }
  }
}
