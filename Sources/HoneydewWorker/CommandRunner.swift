/// One attempt of a command, advanced in steps that never wait: the loop does the waiting, so that it reads the
/// daemon's messages, sends heartbeats and keeps the deadline whatever the command is.
protocol CommandRunner: AnyObject {
  /// Does what can be done now; the outcome when the attempt has ended.
  func step(now: Duration) -> Outcome?

  /// What the next step waits for.
  var pause: Pause { get }

  /// The outcome, where it is known before the attempt has ended.
  var knownOutcome: Outcome? { get }

  /// Ends the attempt where it is, or begins to.
  ///
  /// - Returns: whether the attempt may have had an effect outside of the worker; nil when it has not ended yet: the steps
  ///   go on and tell its outcome.
  func abort(_ cut: Cut, now: Duration) -> Bool?

  /// The process outside of the worker that does the work; 0 where there is none.
  var pid: Int32 { get }

  /// Signals what runs outside of the worker.
  func signal(_ number: Int32)
}

extension CommandRunner {
  var knownOutcome: Outcome? { nil }
  var pid: Int32 { 0 }
  func signal(_ number: Int32) {}
}

/// Why an attempt is ended before its time.
enum Cut {
  case cancelled
  case timedOut
  /// The daemon is gone, or wants the worker gone.
  case abandoned
}

/// What a runner waits for of a descriptor, as `poll(2)` takes it.
struct Interest: Equatable {
  var fileNumber: Int32
  var events: Int32
}

/// What a runner waits for between two steps.
enum Pause: Equatable {
  /// An answer of the network.
  case network
  /// This moment of the monotonic clock.
  case until(Duration)
  /// Any of these, or of the signals of the worker, or the moment where there is one.
  case events([Interest], until: Duration?)
}
