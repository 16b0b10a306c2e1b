/// How many signs of life a worker may send during one job: enough for all that a job has to tell, and too few to keep the
/// daemon from its other work.
public struct FrameBudget: Equatable, Sendable {
  /// So many at once.
  public static let capacity = 100
  /// One more comes in at such intervals.
  public static let interval = Duration.milliseconds(50)

  /// A frame that is longer counts as several.
  public static let frameBytes = 4096

  private var left = capacity
  private var updated: Duration

  /// - Parameter now: when the job was sent (monotonic time).
  public init(now: Duration) {
    updated = now
  }

  /// Takes one of so many bytes; false when there is too little left.
  public mutating func take(bytes: Int, at now: Duration) -> Bool {
    let earned = Int((now - updated) / Self.interval)
    if earned > 0 {
      left = min(Self.capacity, left + earned)
      updated += Self.interval * earned
    }
    let cost = 1 + bytes / Self.frameBytes
    guard left >= cost else { return false }
    left -= cost
    return true
  }
}
