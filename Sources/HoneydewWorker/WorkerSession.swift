internal import HoneydewFrames

/// The worker's side of the protocol: it asks for a job, runs it, and answers once, which asks for the next one; that
/// comes after the `Ack`.
struct WorkerSession: Equatable {
  enum State: Equatable {
    /// A job is asked for, and the answer to the last one is acknowledged.
    case idle
    case running(AttemptID)
    /// `Result` is sent.
    case answered(AttemptID)
  }

  enum Action: Equatable {
    case begin(Honeydew_Worker_Run)
    /// End the running attempt: its result is not wanted.
    case cancel
    case exit
    /// Signal the processes of the running attempt.
    case signal(Int32)
    case nothing
  }

  private(set) var state = State.idle
  /// The job at hand is the last.
  private var isExitWanted = false

  /// Takes a message of the daemon; nil when it must not come now.
  mutating func handle(_ message: Honeydew_Worker_ToWorker.OneOf_Message) -> Action? {
    switch (message, state) {
    case (.run(let run), .idle):
      state = .running(AttemptID(run))
      return .begin(run)
    case (.ack(let ack), .answered(let attempt)) where attempt == AttemptID(jobID: ack.jobID, attempt: ack.attempt):
      state = .idle
      return isExitWanted ? .exit : .nothing
    case (.cancel(let cancel), .running(let attempt)):
      return attempt == AttemptID(jobID: cancel.jobID, attempt: cancel.attempt) ? .cancel : .nothing
    case (.cancel, _):
      // It crossed the result on its way.
      return .nothing
    case (.signal(let signal), .running(let attempt)):
      return attempt == AttemptID(jobID: signal.jobID, attempt: signal.attempt) ? .signal(signal.signal) : .nothing
    case (.signal, _): return .nothing
    case (.exit, .idle):
      return .exit
    case (.exit, _):
      isExitWanted = true
      return .nothing
    case (.run, _), (.ack, _):
      return nil
    }
  }

  /// The running attempt has its result; nil when none runs.
  mutating func answer() -> AttemptID? {
    guard case .running(let attempt) = state else { return nil }
    state = .answered(attempt)
    return attempt
  }
}

/// The fence of every frame about an attempt.
struct AttemptID: Equatable {
  var jobID: String
  var attempt: Int32
}

extension AttemptID {
  init(_ run: Honeydew_Worker_Run) {
    self.init(jobID: run.jobID, attempt: run.attempt)
  }
}
