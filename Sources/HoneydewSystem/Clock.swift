import Glibc

/// The two clocks.
public enum Clock {
  /// Time since an arbitrary moment (`CLOCK_MONOTONIC`): never set, stands still while the machine sleeps.
  public static func monotonic() -> Duration { read(CLOCK_MONOTONIC) }

  /// The same in nanoseconds.
  static func nanoseconds() -> Int64 {
    let time = time(of: CLOCK_MONOTONIC)
    return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
  }

  /// Time since 1970-01-01T00:00:00Z (`CLOCK_REALTIME`): may be set at any moment.
  public static func wall() -> Duration { read(CLOCK_REALTIME) }

  private static func read(_ clock: clockid_t) -> Duration {
    let time = time(of: clock)
    return Duration(secondsComponent: Int64(time.tv_sec), attosecondsComponent: Int64(time.tv_nsec) * 1_000_000_000)
  }

  private static func time(of clock: clockid_t) -> timespec {
    var time = timespec()
    precondition(clock_gettime(clock, &time) == 0, "Linux has both clocks")
    return time
  }
}

extension Duration {
  /// Rounded down. Not for durations beyond some hundred thousand years.
  var wholeMicroseconds: Int64 { components.seconds * 1_000_000 + components.attoseconds / 1_000_000_000_000 }

  /// Whole nanoseconds, rounded up so that a wait never ends too early, clamped to 0 ... `Int64.max`.
  var nanosecondsRoundedUp: Int64 {
    guard self > .zero else { return 0 }
    let (seconds, attoseconds) = components
    let (nanoseconds, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
    let (sum, carry) = nanoseconds.addingReportingOverflow((attoseconds + 999_999_999) / 1_000_000_000)
    return overflow || carry ? .max : sum
  }
}
