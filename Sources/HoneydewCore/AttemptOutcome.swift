/// How an attempt ended.
public enum AttemptOutcome: Equatable, Sendable {
  case succeeded(JobResult)
  case failed(AttemptFailure)
  /// The worker died, or broke the protocol.
  case crashed(AttemptFailure)
  /// The API refused the access token: the job runs again with another one, and no failure is counted.
  case unauthorized(JobError)
  /// We cut it off, or the daemon died: no fault of the job.
  case interrupted(JobError)
  /// It had not begun.
  case neverBegan
}

/// Why an attempt failed, with the facts that decide whether it is repeated.
public struct AttemptFailure: Equatable, Sendable {
  public var error: JobError
  /// Nothing of the attempt left this machine: even a mutation may be repeated.
  public var notSent: Bool
  /// Repeating cannot help.
  public var isPermanent: Bool
  /// Not before this much time has passed.
  public var retryAfter: Duration?
  /// Partial data beside the errors, kept with the failed job.
  public var data: JobResult?
  /// There was an answer, and this machine had no place for it: a full disk is no fault of the job.
  public var wasNotKept: Bool
  /// For how many attempts right before this one there was no place either.
  public var earlierUnkept = 0

  public init(
    _ error: JobError, notSent: Bool = false, isPermanent: Bool = false, retryAfter: Duration? = nil,
    data: JobResult? = nil, wasNotKept: Bool = false
  ) {
    self.error = error
    self.notSent = notSent
    self.isPermanent = isPermanent
    self.retryAfter = retryAfter
    self.data = data
    self.wasNotKept = wasNotKept
  }

  /// Whether another attempt may succeed and does no harm.
  func isWorthRepeating(by command: Command?) -> Bool {
    // What a command answers counts as its job says: the number of retries is zero unless somebody gave one.
    if !isPermanent, error.code == .exitStatus, command?.isLocal == true { return true }
    guard !isPermanent, error.code.isTransient else { return false }
    return command.isRepeatable || notSent || error.code == .rateLimited
  }

  /// What it means for a job that still runs. One that was cancelled on request does not: a worker that says that it was
  /// told to stop has been told so because the attempt's time was over.
  public var ofRunningJob: AttemptFailure {
    guard error.code == .cancelled else { return self }
    var failure = self
    failure.error = JobError(.timeout, "the attempt did not end within its time")
    return failure
  }

  /// The error of the job that ends with it: of a command that must not be repeated it says so where nobody knows whether
  /// it was carried out.
  func finalError(of command: Command?) -> JobError {
    notSent || command.isRepeatable || !error.code.leavesEffectOpen ? error : error.withOpenEffect
  }
}

extension Command? {
  /// The same of what the registry may not know: nobody can say then that it may be carried out twice.
  public var isRepeatable: Bool { self?.isRepeatable ?? false }
}

extension JobError {
  /// The same of an attempt whose effect nobody knows.
  var withOpenEffect: JobError {
    JobError(code, text + "; the command may have been carried out: look before you retry the job")
  }
}

extension ErrorCode {
  /// Whether the next attempt may succeed.
  var isTransient: Bool {
    switch self {
    case .authNetworkError, .apiUnavailable, .rateLimited, .networkError, .timeout, .workerCrashed, .protocolError: true
    case .invalidPayload, .unknownCommand, .authRequired, .authExpired, .authInvalid, .apiError, .responseTooLarge,
      .exitStatus, .execFailed, .interrupted, .cancelled:
      false
    }
  }

  /// Whether an attempt that ends so may have had an effect outside that nobody has told us of: what cut it off, or kept
  /// its answer from us. Other errors are answers.
  var leavesEffectOpen: Bool {
    switch self {
    case .apiUnavailable, .networkError, .responseTooLarge, .timeout, .workerCrashed, .protocolError, .interrupted,
      .cancelled:
      true
    case .invalidPayload, .unknownCommand, .authRequired, .authExpired, .authInvalid, .authNetworkError, .apiError,
      .rateLimited, .exitStatus, .execFailed:
      false
    }
  }

  /// Whether it counts among the environment's failed logins.
  public var isAuthentication: Bool {
    switch self {
    case .authRequired, .authExpired, .authInvalid, .authNetworkError: true
    default: false
    }
  }
}
