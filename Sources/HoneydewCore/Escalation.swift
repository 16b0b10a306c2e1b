/// The steps by which a process that must end is made to: terminated, killed, and killed again every second until it is
/// reaped.
public struct Escalation: Equatable, Sendable {
  public enum Step: Equatable, Sendable {
    /// SIGTERM and SIGCONT to the process group: a stopped process must wake up to die.
    case terminate
    /// SIGKILL to the process group.
    case kill
  }

  /// The step that comes next, and when (monotonic time).
  public private(set) var next: Step
  public private(set) var at: Duration
  /// From the first step to the second, in place of two seconds where it is longer.
  private var patience = Duration.seconds(2)

  /// Begins with `step`.
  ///
  /// - Parameter grace: what the process's own work is given to end by itself.
  public static func from(_ step: Step, at moment: Duration, grace: Duration = .zero) -> Escalation {
    Escalation(next: step, at: moment, patience: .seconds(2) + grace)
  }

  /// Takes the step that is due, if one is.
  mutating func advance(at now: Duration) -> Step? {
    guard at <= now else { return nil }
    let step = next
    (next, at) = (.kill, now + (step == .terminate ? patience : .seconds(1)))
    return step
  }
}
