/// A time zone as a value: what its clocks are ahead of UTC, and when that changes.
public struct ZoneRules: Equatable, Sendable {
  public struct Transition: Equatable, Sendable {
    /// Seconds since 1970 UTC.
    public var at: Int64
    /// Seconds east of UTC from then on.
    public var offset: Int64

    public init(at: Int64, offset: Int64) {
      self.at = at
      self.offset = offset
    }
  }

  /// A time during which the offset stays.
  struct Period: Equatable {
    /// In seconds since 1970 UTC, `Int64.min` and `Int64.max` where there is no start or end.
    var start: Int64
    var end: Int64
    /// Seconds east of UTC.
    var offset: Int64
  }

  public static let utc = ZoneRules(initialOffset: 0, transitions: [], footer: nil)
  /// More than any offset east or west (RFC 9636, section 3.2).
  static let largestOffset: Int64 = 26 * 3600

  private let initialOffset: Int64
  /// In order; each changes the offset.
  private let transitions: [Transition]
  /// The rule after the last transition; nil when nothing changes any more.
  private let footer: PosixZone?

  /// - Parameter transitions: in order.
  public init(initialOffset: Int64, transitions: [Transition], footer: PosixZone?) {
    var kept: [Transition] = []
    for transition in transitions where transition.offset != kept.last?.offset ?? initialOffset {
      kept.append(transition)
    }
    // Where the footer begins is known by the last transition, whether it changes the offset or not.
    if footer != nil, let last = transitions.last, last != kept.last { kept.append(last) }
    self.initialOffset = initialOffset
    self.transitions = kept
    self.footer = footer
  }

  /// The time around a moment during which the offset stays; it may go on under the same offset.
  func period(at moment: Int64) -> Period {
    var (low, high) = (0, transitions.count)
    while low < high {
      let middle = (low + high) / 2
      if transitions[middle].at <= moment { low = middle + 1 } else { high = middle }
    }
    let start = low == 0 ? .min : transitions[low - 1].at
    if low == transitions.count, let footer {
      var period = footer.period(at: moment)
      period.start = max(period.start, start)
      return period
    }
    return Period(
      start: start, end: low == transitions.count ? .max : transitions[low].at,
      offset: low == 0 ? initialOffset : transitions[low - 1].offset)
  }

  /// The latest time, in seconds since 1970 without a zone, that the zone's clocks have shown up to a moment.
  func furthestLocalTime(by moment: Int64) -> Int64 {
    var period = period(at: moment)
    var furthest = moment + period.offset
    while period.start > moment - 2 * Self.largestOffset {
      let earlier = self.period(at: period.start - 1)
      furthest = max(furthest, period.start - 1 + earlier.offset)
      period = earlier
    }
    return furthest
  }
}
