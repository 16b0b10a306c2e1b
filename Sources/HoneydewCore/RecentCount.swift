/// How often something has happened in the last five minutes, to five seconds.
public struct RecentCount: Equatable, Sendable {
  /// The time that is looked back on.
  public static let window = Duration.seconds(300)

  private static let bucketSeconds: Int64 = 5
  private static let bucketCount = 60

  private var buckets = [Int](repeating: 0, count: bucketCount)
  /// The bucket of the newest event, counted from the clock's beginning.
  private var newest: Int64 = 0

  public init() {}

  /// - Parameter now: the monotonic time, which never goes back.
  public mutating func add(at now: Duration) {
    forget(until: now)
    buckets[index(newest)] += 1
  }

  public func count(at now: Duration) -> Int {
    var present = self
    present.forget(until: now)
    return present.buckets.reduce(0, +)
  }

  private mutating func forget(until now: Duration) {
    let bucket = now.components.seconds / Self.bucketSeconds
    guard bucket > newest else { return }
    for old in 0..<min(bucket - newest, Int64(Self.bucketCount)) { buckets[index(bucket - old)] = 0 }
    newest = bucket
  }

  private func index(_ bucket: Int64) -> Int { Int(bucket % Int64(Self.bucketCount)) }
}
