import Glibc

/// The two clocks.
public enum Clock {
  /// Time since an arbitrary moment (`CLOCK_MONOTONIC`): never set, stands still while the machine sleeps.
  public static func monotonic() -> Duration { .nanoseconds(nanoseconds()) }

  /// The same in nanoseconds.
  static func nanoseconds() -> Int64 { nanoseconds(CLOCK_MONOTONIC) }

  /// Time since 1970-01-01T00:00:00Z (`CLOCK_REALTIME`): may be set at any moment.
  public static func wall() -> Duration { .nanoseconds(wallNanoseconds()) }

  /// The same in nanoseconds.
  public static func wallNanoseconds() -> Int64 { nanoseconds(CLOCK_REALTIME) }

  private static func nanoseconds(_ clock: clockid_t) -> Int64 {
    var time = timespec()
    precondition(clock_gettime(clock, &time) == 0, "Linux has both clocks")
    return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
  }
}

extension Duration {
  /// Rounded down. Not for durations beyond some hundred thousand years.
  public var wholeMicroseconds: Int64 { components.seconds * 1_000_000 + components.attoseconds / 1_000_000_000_000 }

  /// Whole nanoseconds, rounded up so that a wait never ends too early, clamped to 0 ... `Int64.max`.
  var nanosecondsRoundedUp: Int64 {
    guard self > .zero else { return 0 }
    let (seconds, attoseconds) = components
    let (nanoseconds, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
    let (sum, carry) = nanoseconds.addingReportingOverflow((attoseconds + 999_999_999) / 1_000_000_000)
    return overflow || carry ? .max : sum
  }
}
