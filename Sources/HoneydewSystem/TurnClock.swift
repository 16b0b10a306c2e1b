/// How long the owner of a loop wants a turn to last. What is left then waits for the next turn, which begins at once.
public struct TurnLimits: Sendable {
  /// The share of the handlers: past it no further one begins.
  public var handling: Duration
  /// All of it, with what the owner does between two turns.
  public var whole: Duration

  public init(handling: Duration = .milliseconds(2), whole: Duration = .milliseconds(4)) {
    self.handling = handling
    self.whole = whole
  }
}

/// Says when a turn is over, and how long turns have lasted. Moments are nanoseconds of the monotonic clock.
struct TurnClock {
  private let handling: Int64
  private let whole: Int64
  private(set) var beganAt: Int64?
  private(set) var last: Duration = .zero
  private(set) var longest: Duration = .zero

  init(_ limits: TurnLimits) {
    handling = limits.handling.nanosecondsRoundedUp
    whole = limits.whole.nanosecondsRoundedUp
  }

  mutating func begin(at moment: Int64) {
    beganAt = moment
  }

  /// The turn that has begun ends, if there is one.
  mutating func end(at moment: Int64) {
    guard let beganAt else { return }
    self.beganAt = nil
    last = .nanoseconds(moment - beganAt)
    longest = max(longest, last)
  }

  /// Past this moment no handler of a descriptor begins.
  var handlingEnd: Int64 { (beganAt ?? 0).saturatingSum(handling) }

  /// Timers that are due begin until then, however much of the turn the descriptors have had.
  func timersEnd(after moment: Int64) -> Int64 { max(handlingEnd, moment.saturatingSum(handling / 4)) }

  func isOver(at moment: Int64) -> Bool {
    guard let beganAt else { return false }
    return moment - beganAt >= whole
  }
}

extension Int64 {
  fileprivate func saturatingSum(_ other: Int64) -> Int64 {
    let (sum, overflow) = addingReportingOverflow(other)
    return overflow ? .max : sum
  }
}
