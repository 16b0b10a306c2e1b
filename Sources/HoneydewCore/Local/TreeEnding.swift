/// How the processes of a local command come to their end: the leader's own, or on request; what is left behind is asked
/// to end, and killed after its grace.
public struct TreeEnding: Equatable, Sendable {
  public enum Action: Equatable, Sendable {
    /// SIGTERM and SIGCONT to the leader's process group: a stopped process must wake up to end.
    case askGroup
    /// The same to each process.
    case askAll
    /// The same to each process of other groups: a second SIGTERM would tell many programs to end at once.
    case askRest
    /// SIGKILL to each process.
    case killAll
  }

  /// What is seen of the tree.
  public struct Look: Equatable, Sendable {
    /// The process that was started has ended.
    public var leaderHasEnded: Bool
    /// So has all else.
    public var isEmpty: Bool
    /// The last signal reached nothing of what is left.
    public var isOutOfReach: Bool

    public init(leaderHasEnded: Bool, isEmpty: Bool, isOutOfReach: Bool = false) {
      self.leaderHasEnded = leaderHasEnded
      self.isEmpty = isEmpty
      self.isOutOfReach = isOutOfReach
    }
  }

  private enum Phase: Equatable {
    case running
    /// The leader has ended. What is left may be about to end too, such as a shell's process substitution.
    case lingering(until: Duration)
    /// SIGTERM was sent, to the leader's group or to all.
    case asked(all: Bool, killAt: Duration)
    case killing(next: Duration, pause: Duration, until: Duration)
    case ended
  }

  /// What is left gets this long to end by itself.
  private static let linger = Duration.milliseconds(500)
  /// Nothing survives SIGKILL longer than this but what waits in the kernel.
  private static let patience = Duration.seconds(10)
  /// Of what no signal reaches.
  private static let patienceOutOfReach = Duration.milliseconds(300)
  private static let killPauses = Duration.milliseconds(5)...Duration.milliseconds(200)

  private let grace: Duration
  private var phase = Phase.running

  /// - Parameter grace: from SIGTERM to SIGKILL.
  public init(grace: Duration) {
    self.grace = grace
  }

  /// Nothing is left, or what is left cannot be ended.
  public var hasEnded: Bool { phase == .ended }

  /// When something is due although nothing happens; nil when nothing is.
  public var deadline: Duration? {
    switch phase {
    case .running, .ended: nil
    case .lingering(let until): until
    case .asked(_, let killAt): killAt
    case .killing(let next, _, _): next
    }
  }

  /// Begins the end on request, or hastens it.
  ///
  /// - Parameter grace: at most so much, where it is given.
  public mutating func stop(grace limit: Duration? = nil, now: Duration) -> [Action] {
    let killAt = now + min(grace, limit ?? grace)
    switch phase {
    case .running:
      phase = .asked(all: false, killAt: killAt)
      return [.askGroup]
    case .lingering:
      phase = .asked(all: true, killAt: killAt)
      return [.askAll]
    case .asked(let all, let before): phase = .asked(all: all, killAt: min(before, killAt))
    case .killing, .ended: break
    }
    return []
  }

  /// Goes on with what is seen now.
  public mutating func step(_ look: Look, now: Duration) -> [Action] {
    if look.isEmpty {
      phase = .ended
      return []
    }
    switch phase {
    case .running where look.leaderHasEnded: phase = .lingering(until: now + Self.linger)
    case .lingering(let until) where until <= now:
      phase = .asked(all: true, killAt: now + grace)
      return [.askAll]
    case .asked(_, let killAt) where killAt <= now:
      phase = .killing(
        next: now + Self.killPauses.lowerBound, pause: Self.killPauses.lowerBound, until: now + Self.patience)
      return [.killAll]
    case .asked(all: false, let killAt) where look.leaderHasEnded:
      phase = .asked(all: true, killAt: killAt)
      return [.askRest]
    case .killing(_, _, let until) where until <= now: phase = .ended
    case .killing(_, _, let until) where look.isOutOfReach && until - Self.patience + Self.patienceOutOfReach <= now:
      phase = .ended
    case .killing(let next, let pause, let until) where next <= now:
      let pause = min(pause * 2, Self.killPauses.upperBound)
      phase = .killing(next: now + pause, pause: pause, until: until)
      return [.killAll]
    case .running, .lingering, .asked, .killing, .ended: break
    }
    return []
  }
}
