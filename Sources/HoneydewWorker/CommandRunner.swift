/// One attempt of a command, advanced in steps that never wait: the loop does the waiting, so that it reads the
/// daemon's messages, sends heartbeats and keeps the deadline whatever the command is.
protocol CommandRunner: AnyObject {
  /// Does what can be done now; the outcome when the attempt has ended.
  func step(now: Duration) -> Outcome?

  /// What the next step waits for.
  var pause: Pause { get }

  /// The outcome, where it is known before the attempt has ended.
  var knownOutcome: Outcome? { get }

  /// Ends the attempt where it is. It answers whether the attempt may have had an effect outside of the worker.
  func abort() -> Bool

  /// Signals what runs outside of the worker.
  func signal(_ number: Int32)
}

extension CommandRunner {
  var knownOutcome: Outcome? { nil }
  func signal(_ number: Int32) {}
}

/// What a runner waits for between two steps.
enum Pause: Equatable {
  /// An answer of the network.
  case network
  /// This moment of the monotonic clock.
  case until(Duration)
}
