/// The longest of the turns that were noted in the last minute, to five seconds.
public struct LongestTurn: Equatable, Sendable {
  /// The time that is looked back on.
  public static let window = Duration.seconds(60)

  private static let bucketSeconds: Int64 = 5
  private static let bucketCount: Int64 = 12

  private var buckets = [Duration](repeating: .zero, count: Int(bucketCount))
  /// The bucket of the newest turn, counted from the clock's beginning.
  private var newest: Int64 = 0

  public init() {}

  /// - Parameter now: the monotonic time, which never goes back.
  public mutating func note(_ length: Duration, at now: Duration) {
    forget(until: now)
    let index = Int(newest % Self.bucketCount)
    if length > buckets[index] { buckets[index] = length }
  }

  public func length(at now: Duration) -> Duration {
    var present = self
    present.forget(until: now)
    return present.buckets.reduce(.zero, max)
  }

  private mutating func forget(until now: Duration) {
    // Asked in every turn: to divide a duration takes longer than to compare it.
    guard now >= .seconds((newest + 1) * Self.bucketSeconds) else { return }
    let bucket = now.components.seconds / Self.bucketSeconds
    for old in 0..<min(bucket - newest, Self.bucketCount) { buckets[Int((bucket - old) % Self.bucketCount)] = .zero }
    newest = bucket
  }
}
