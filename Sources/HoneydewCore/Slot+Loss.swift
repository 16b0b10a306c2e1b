extension Slot {
  /// Why work ended without a result: every way in which an attempt can be cut off. What that means for its job is
  /// `outcome`, and whether the job runs again is the rule of `Job.end`.
  ///
  /// | loss | what has happened |
  /// |---|---|
  /// | `crashed` | the process died: by itself, by a signal, for want of memory; or it closed its channel, or fell silent |
  /// | `misbehaved` | it sent garbage, a frame out of place, an answer for another job, a flood |
  /// | `timedOut` | it overran the attempt's deadline, and did not let go when it was told to |
  /// | `interrupted` | we ended it: a restart with `--now`, a shutdown at its limit or hurried, a cancelled job |
  /// | `daemonDied` | the daemon did, and its workers with it; or the store has lost the attempt's end |
  /// | `neverBegan` | `Run` had not left: the store failed, or the process died first; or the worker has declined it |
  ///
  /// A recycled process, and one that is stopped or restarted without `--now`, ends between two attempts and cuts off
  /// none.
  public enum Loss: Equatable, Sendable {
    case crashed(String)
    case misbehaved(String)
    case timedOut
    /// The daemon wanted the worker gone.
    case interrupted
    /// Said by no slot: of rows whose attempt is in none.
    case daemonDied
    /// The work never left the daemon.
    case neverBegan
  }
}

extension Slot.Loss {
  /// What is said of it.
  public var error: JobError {
    switch self {
    case .crashed(let cause): JobError(.workerCrashed, "the worker died: \(cause)")
    case .misbehaved(let what): JobError(.protocolError, "the worker \(what)")
    case .timedOut: JobError(.timeout, "the attempt did not end within its time; its worker was killed")
    case .interrupted:
      JobError(
        .interrupted, "its worker was restarted or stopped, or the daemon shut down, before the attempt had ended")
    case .daemonDied: JobError(.interrupted, "the daemon died before the attempt had ended")
    case .neverBegan: JobError(.interrupted, "the attempt had not begun")
    }
  }

  /// How the attempt ended for its job.
  public var outcome: AttemptOutcome {
    switch self {
    case .crashed, .misbehaved: .crashed(AttemptFailure(error))
    case .timedOut: .failed(AttemptFailure(error))
    case .interrupted, .daemonDied: .interrupted(error)
    case .neverBegan: .neverBegan
    }
  }

  /// The loss, with how the process ended where that is all there is to tell.
  func withCause(_ cause: String) -> Slot.Loss {
    guard case .crashed(let what) = self else { return self }
    return .crashed(what.isEmpty ? cause : "\(what); \(cause)")
  }
}
