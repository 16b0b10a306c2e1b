/// What became of a job when its attempt ended.
public enum AttemptEnding: Equatable, Sendable {
  case completed
  case failed
  /// Pending again, to run after the delay.
  case retrying(after: Duration)
  /// Pending again, to run as soon as a slot is free.
  case requeued
}

extension Job {
  /// The most retries that a job may have.
  public static let maximumRetries: Int32 = 100

  /// A job that killed this many workers in a row is not given another.
  public static let crashLimit: Int32 = 3

  /// So many attempts in a row may end without a place for their answer: a quarter of an hour's.
  public static let unkeptLimit = 8

  /// Starts the next attempt.
  ///
  /// - Parameter worker: the number of the worker that gets it.
  public mutating func start(on worker: Int32, at now: Timestamp) {
    precondition(status == .pending, "only a pending job starts")
    status = .running
    attempt += 1
    self.worker = worker
    startedAt = now
    nextRunAt = nil
    updatedAt = now
  }

  /// Records an attempt that a worker carries out, though the row does not show it: the write was lost.
  public mutating func adopt(attempt: Int32, at now: Timestamp) {
    precondition(
      status == .pending && attempt > self.attempt, "only a pending job takes up an attempt, and a later one")
    status = .running
    self.attempt = attempt
    startedAt = now
    nextRunAt = nil
    updatedAt = now
  }

  /// Ends an attempt.
  ///
  /// - Parameters:
  ///   - endedAttempt: the attempt that the outcome belongs to: the fence.
  ///   - command: what the registry knows of the job's command; nil when it knows nothing.
  ///   - jitter: a random number in `0..<1`.
  /// - Returns: what became of the job; nil when the outcome came too late and changed nothing.
  public mutating func end(
    attempt endedAttempt: Int32, _ outcome: AttemptOutcome, command: Command?, backoff: Backoff = .jobs,
    jitter: Double, at now: Timestamp
  ) -> AttemptEnding? {
    guard status == .running, attempt == endedAttempt else { return nil }
    updatedAt = now
    switch outcome {
    case .succeeded(let result):
      finish(.completed, at: now)
      self.result = result
      error = nil
      return .completed
    case .unauthorized(let error):
      status = .pending
      crashCount = 0
      self.error = error
      return .requeued
    case .neverBegan:
      status = .pending
      return .requeued
    case .interrupted(let error):
      guard command.isRepeatable else {
        finish(.failed, at: now)
        self.error = error.withOpenEffect
        return .failed
      }
      status = .pending
      return .requeued
    case .failed(let failure) where failure.wasNotKept && failure.isWorthRepeating(by: command):
      crashCount = 0
      error = failure.error
      guard failure.earlierUnkept < Job.unkeptLimit - 1 else {
        finish(.failed, at: now)
        return .failed
      }
      status = .pending
      let delay = Backoff.place.delay(failures: failure.earlierUnkept, jitter: jitter)
      nextRunAt = now + delay
      return .retrying(after: delay)
    case .failed(let failure):
      crashCount = 0
      return fail(failure, command, mayRepeat: failure.isWorthRepeating(by: command), backoff, jitter, now)
    case .crashed(let failure):
      crashCount += 1
      let mayRepeat = failure.isWorthRepeating(by: command) && crashCount < Job.crashLimit
      // Whoever lets a local command be carried out again need not say how often for that.
      let isLet = isLocal && command.isRepeatable
      return fail(
        failure, command, mayRepeat: mayRepeat, limit: isLet ? max(maxRetries, Job.crashLimit) : nil, backoff, jitter,
        now)
    }
  }

  private mutating func fail(
    _ failure: AttemptFailure, _ command: Command?, mayRepeat: Bool, limit: Int32? = nil, _ backoff: Backoff,
    _ jitter: Double, _ now: Timestamp
  ) -> AttemptEnding {
    error = failure.error
    guard mayRepeat, retryCount < limit ?? maxRetries else {
      finish(.failed, at: now)
      error = failure.finalError(of: command)
      result = failure.data
      return .failed
    }
    let delay = max(backoff.delay(failures: Int(retryCount), jitter: jitter), failure.retryAfter ?? .zero)
    retryCount += 1
    status = .pending
    nextRunAt = now + delay
    return .retrying(after: delay)
  }

  /// Counts a failure of a pending job for which no attempt could be made.
  ///
  /// - Parameter jitter: a random number in `0..<1`.
  public mutating func postpone(
    _ failure: AttemptFailure, backoff: Backoff = .jobs, jitter: Double, at now: Timestamp
  ) -> AttemptEnding {
    precondition(status == .pending, "only a pending job is postponed")
    updatedAt = now
    var failure = failure
    failure.notSent = true
    return fail(failure, nil, mayRepeat: failure.isWorthRepeating(by: nil), backoff, jitter, now)
  }

  /// Fails a pending job without an attempt, since none can be made.
  public mutating func refuse(_ refusal: JobError, at now: Timestamp) {
    precondition(status == .pending, "only a pending job is refused")
    finish(.failed, at: now)
    error = refusal
  }

  /// Cancels the job.
  ///
  /// - Parameter command: what the registry knows of the job's command; nil when it knows nothing.
  /// - Returns: false, and nothing changed, when it has completed or failed. Cancelling twice succeeds.
  public mutating func cancel(_ command: Command?, at now: Timestamp) -> Bool {
    guard !status.isEnd else { return status == .cancelled }
    let cut = AttemptFailure(JobError(.cancelled, "cancelled on request"), notSent: status == .pending)
    finish(.cancelled, at: now)
    error = cut.finalError(of: command)
    return true
  }

  /// Reopens a failed or cancelled job, and a local command that has completed: a new life with the same id, whose attempts
  /// go on counting.
  ///
  /// - Returns: false, and nothing changed, in another state.
  public mutating func reopen(at now: Timestamp) -> Bool {
    guard status == .failed || status == .cancelled || status == .completed && isLocal else { return false }
    status = .pending
    (retryCount, crashCount) = (0, 0)
    (startedAt, completedAt, nextRunAt) = (nil, nil, nil)
    (result, error) = (nil, nil)
    updatedAt = now
    return true
  }

  /// The latest attempt as an entry of the history, when it ended with the job.
  public var lastAttempt: PastAttempt? {
    guard status.isEnd, let startedAt, let completedAt else { return nil }
    let outcome: PastAttempt.Outcome =
      switch status {
      case .completed: .completed
      case .cancelled: .cancelled
      default: PastAttempt.Outcome(endedBy: error?.code)
      }
    return PastAttempt(
      attempt: attempt, worker: worker, startedAt: startedAt, endedAt: completedAt, outcome: outcome, error: error,
      report: report)
  }

  /// What a local command reports of an attempt.
  var report: [UInt8]? {
    guard isLocal, case .inline(let bytes) = result else { return nil }
    return bytes
  }

  private mutating func finish(_ end: JobStatus, at now: Timestamp) {
    status = end
    completedAt = now
    updatedAt = now
    nextRunAt = nil
  }
}

extension PastAttempt.Outcome {
  /// Of an attempt that has failed with this error.
  fileprivate init(endedBy code: ErrorCode?) {
    switch code {
    case .workerCrashed, .protocolError: self = .crashed
    case .interrupted: self = .interrupted
    default: self = .failed
    }
  }
}
