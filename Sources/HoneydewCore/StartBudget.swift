/// How fast the pool replaces processes that were lost: a bucket of starts that fills with time. Planned starts, such as
/// the first ones or those after a restart, are not counted.
///
/// A start costs as much as some hundred no-op jobs, so without a bound a storm of crashes would leave the machine to
/// nothing else.
public struct StartBudget: Equatable, Sendable {
  /// Time for one start to come back to the bucket: ten a second take a fifth of one processor at most, at 20 ms each.
  public static let interval = Duration.milliseconds(100)

  private let burst: Int
  /// When the bucket is full again (monotonic time).
  private var fullAt = Duration.zero

  /// - Parameter poolSize: the bucket holds two starts for each slot, so that a whole pool that was killed comes back at
  ///   once, and once more.
  public init(poolSize: Int) {
    burst = 2 * poolSize
  }

  /// Takes one start out of the bucket.
  ///
  /// - Returns: when the start may be (monotonic time), which is `now` unless the bucket is empty.
  public mutating func book(at now: Duration) -> Duration {
    fullAt = max(fullAt, now) + StartBudget.interval
    return max(now, fullAt - StartBudget.interval * burst)
  }
}
