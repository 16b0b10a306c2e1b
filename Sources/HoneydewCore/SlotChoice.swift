/// Which process takes work of which environment: a process serves one in its life, so that it never sees the token of
/// another.
///
/// Work goes to a process of its environment first, then to a fresh one. Where there is neither, the idle process that was
/// used the longest ago is replaced. A value of one turn: it counts the processes that are on their way.
public struct SlotChoice {
  /// A process that has work of its own to do is left to it for so long: a start costs as much as some hundred jobs.
  public static let share = Duration.milliseconds(100)
  /// A process that is due later than this is not waited for.
  static let patience = Duration.seconds(1)

  public enum Answer: Equatable, Sendable {
    /// The slot at this place takes the work now.
    case use(Int)
    /// The slot at this place is to get another process; the work waits for that.
    case replace(Int)
    /// The work waits: for a process that is on its way, or until this moment.
    case wait(until: Duration?)
  }

  private let now: Duration
  /// Processes on their way.
  private var coming: Int
  /// Those of them that nobody waits for yet.
  private var unclaimed: Int

  public init(_ slots: [Slot], now: Duration) {
    self.now = now
    coming = slots.count { $0.isBecomingFresh(within: Self.patience, now: now) }
    unclaimed = coming
  }

  /// - Parameters:
  ///   - environment: the work's; nil for work that needs none and goes anywhere.
  ///   - hasOwnWork: whether work of an environment is queued.
  public mutating func place(
    _ environment: String?, in slots: [Slot], hasOwnWork: (String) -> Bool
  ) -> Answer {
    func first(_ suits: (Slot) -> Bool) -> Int? { slots.firstIndex { $0.isFree && suits($0) } }
    guard let environment else {
      // Fresh ones are left to work that needs one.
      return (first { $0.environment != nil } ?? first { _ in true }).map { .use($0) } ?? .wait(until: nil)
    }
    if let own = first({ $0.environment == environment }) { return .use(own) }
    if let fresh = first({ $0.environment == nil }) { return .use(fresh) }
    if unclaimed > 0 {
      unclaimed -= 1
      return .wait(until: nil)
    }
    // The others go on meanwhile.
    guard coming < max(1, slots.count / 4) else { return .wait(until: nil) }
    let free = slots.indices.filter { slots[$0].isFree }
    let end = { (place: Int) in slots[place].servesSince + Self.share }
    let due = free.filter { end($0) <= now || !hasOwnWork(slots[$0].environment ?? "") }
    guard let oldest = due.min(by: { slots[$0].lastUsed < slots[$1].lastUsed }) else {
      return .wait(until: free.map(end).min())
    }
    coming += 1
    return .replace(oldest)
  }
}

extension Slot {
  /// Notes that work of an environment is assigned to the present process; nil is work that needs none.
  public mutating func serve(_ environment: String?, now: Duration) {
    lastUsed = now
    guard let environment, environment != self.environment else { return }
    precondition(self.environment == nil, "a process was to serve a second environment")
    (self.environment, servesSince) = (environment, now)
  }

  /// Whether a process that has served nobody will be here soon.
  func isBecomingFresh(within patience: Duration, now: Duration) -> Bool {
    guard plan != .stop else { return false }
    return switch state {
    case .starting, .stopping: true
    case .backoff(let until): until <= now + patience
    case .finishing(_, next: nil): plan != .serve
    default: false
    }
  }
}
