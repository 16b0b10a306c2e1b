/// How often workers of the whole pool have died of late: past a limit the pool is in trouble, whichever slot it hits.
public struct CrashIntensity: Equatable, Sendable {
  public static let window = Duration.seconds(60)

  /// The most deaths within the window that are no trouble.
  public let limit: Int
  /// The latest of them, at most one more than the limit, in order.
  private var deaths: [Duration] = []

  /// - Parameter poolSize: a larger pool may lose more.
  public init(poolSize: Int) {
    limit = max(10, 3 * poolSize)
  }

  /// Counts a death.
  ///
  /// - Returns: whether this one exceeded the limit; further ones do not while it stays exceeded.
  public mutating func note(at now: Duration) -> Bool {
    let wasExceeded = isExceeded(at: now)
    if deaths.count > limit { deaths.removeFirst() }
    deaths.append(now)
    return !wasExceeded && isExceeded(at: now)
  }

  /// Whether there were more deaths than the limit within the window.
  public func isExceeded(at now: Duration) -> Bool {
    deaths.count > limit && now - deaths[0] < CrashIntensity.window
  }
}
