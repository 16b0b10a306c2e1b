/// Exponential backoff: `min(base * multiplier^failures, maximum)` plus up to 10 % jitter.
public struct Backoff: Equatable, Sendable {
  public var base: Duration
  public var multiplier: Double
  public var maximum: Duration

  public init(base: Duration, multiplier: Double, maximum: Duration) {
    self.base = base
    self.multiplier = multiplier
    self.maximum = maximum
  }

  /// Between a job's attempts: 1 s, doubled, at most 5 minutes.
  public static let jobs = Backoff(base: .seconds(1), multiplier: 2, maximum: .seconds(300))
  /// Between the attempts of a job for whose answer there was no place: 10 s, doubled, at most 5 minutes.
  public static let place = Backoff(base: .seconds(10), multiplier: 2, maximum: .seconds(300))
  /// Between the processes of one slot: 0.1 s, doubled, at most 30 s.
  public static let workers = Backoff(base: .milliseconds(100), multiplier: 2, maximum: .seconds(30))
  /// Between attempts to reopen the store: 0.2 s, doubled, at most 10 s.
  public static let store = Backoff(base: .milliseconds(200), multiplier: 2, maximum: .seconds(10))
  /// Between attempts to reopen a store whose file was found to be damaged, each of which reads all of it: 1 s, four
  /// times as much, at most 10 minutes.
  public static let damagedStore = Backoff(base: .seconds(1), multiplier: 4, maximum: .seconds(600))

  /// The delay after `failures` earlier failures.
  ///
  /// - Parameter jitter: a random number in `0..<1`.
  public func delay(failures: Int, jitter: Double) -> Duration {
    var delay = base
    for _ in 0..<failures where delay < maximum {
      delay = delay * multiplier
    }
    delay = min(delay, maximum)
    return delay + delay * (jitter * 0.1)
  }
}
