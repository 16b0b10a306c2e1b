extension CronExpression {
  /// The first tick after a moment; nil when there is none before the year 10000.
  ///
  /// A time of day that the clock skips runs at the end of the gap, and one that comes twice runs the first time. Where
  /// minute or hour is a wildcard, the expression follows the clock as it shows.
  ///
  /// - Parameters:
  ///   - zone: the rules of `zone`.
  ///   - anchor: what the intervals of `@every` are counted from.
  public func next(after moment: Timestamp, in zone: ZoneRules, from anchor: Timestamp) -> Timestamp? {
    let second = moment.milliseconds.flooredDivision(by: 1000)
    let tick: Int64?
    switch times {
    case .every(let seconds):
      let interval = seconds * 1000
      let passed = (moment.milliseconds - anchor.milliseconds).flooredDivision(by: interval)
      return Self.timestamp(milliseconds: anchor.milliseconds + max(1, passed + 1) * interval)
    case .calendar(let calendar) where calendar.hasFixedTime: tick = calendar.nextFixed(after: second, in: zone)
    case .calendar(let calendar): tick = calendar.nextShown(after: second, in: zone)
    }
    return tick.flatMap { Self.timestamp(milliseconds: $0 * 1000) }
  }

  /// The first ticks after a moment, from which the intervals of `@every` are counted; fewer where there are no more.
  ///
  /// - Parameter zone: the rules of `zone`.
  public func ticks(_ count: Int, after moment: Timestamp, in zone: ZoneRules) -> [Timestamp] {
    var ticks: [Timestamp] = []
    while ticks.count < count, let tick = next(after: ticks.last ?? moment, in: zone, from: moment) {
      ticks.append(tick)
    }
    return ticks
  }

  /// nil where the moment cannot be told.
  private static func timestamp(milliseconds: Int64) -> Timestamp? {
    let timestamp = Timestamp(milliseconds: milliseconds)
    return timestamp.milliseconds == milliseconds ? timestamp : nil
  }
}

extension CronCalendar {
  /// The first moment after `second` at which the zone's clock shows a time that matches.
  fileprivate func nextShown(after second: Int64, in zone: ZoneRules) -> Int64? {
    var start = second + 1
    while true {
      let period = zone.period(at: start)
      guard let local = firstMatch(from: start + period.offset) else { return nil }
      if local - period.offset < period.end { return local - period.offset }
      start = period.end
    }
  }

  /// The first moment after `second` at which the zone's clock comes to a matching time, or past one that it skips, for
  /// the first time.
  fileprivate func nextFixed(after second: Int64, in zone: ZoneRules) -> Int64? {
    guard let local = firstMatch(from: zone.furthestLocalTime(by: second) + 1) else { return nil }
    var period = zone.period(at: max(second + 1, local - ZoneRules.largestOffset))
    while local - period.offset >= period.end { period = zone.period(at: period.end) }
    return max(local - period.offset, period.start)
  }
}
