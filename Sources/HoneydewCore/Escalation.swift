/// The steps by which a worker that must give up its attempt is made to: asked, terminated, killed, and killed again
/// every second until it is reaped.
public struct Escalation: Equatable, Sendable {
  public enum Step: Equatable, Sendable {
    /// A `Cancel` frame.
    case cancel
    /// SIGTERM and SIGCONT to the process group: a stopped process must wake up to die.
    case terminate
    /// SIGKILL to the process group.
    case kill
  }

  /// The step that comes next, and when (monotonic time).
  public private(set) var next: Step
  public private(set) var at: Duration

  /// The escalation of an attempt whose own timeout passes at `deadline`: 1 s of grace for the worker's answer, then
  /// 2 s for each step.
  public static func after(deadline: Duration) -> Escalation {
    Escalation(next: .cancel, at: deadline + .seconds(1))
  }

  /// Begins with `step` at once.
  public static func from(_ step: Step, at now: Duration) -> Escalation {
    Escalation(next: step, at: now)
  }

  /// Takes the step that is due, if one is.
  mutating func advance(at now: Duration) -> Step? {
    guard at <= now else { return nil }
    switch next {
    case .cancel:
      (next, at) = (.terminate, now + .seconds(2))
      return .cancel
    case .terminate:
      (next, at) = (.kill, now + .seconds(2))
      return .terminate
    case .kill:
      at = now + .seconds(1)
      return .kill
    }
  }
}
