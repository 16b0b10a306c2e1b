extension ZoneRules {
  /// What the zone's clocks show at a moment, in seconds since 1970 without a zone.
  func localTime(at moment: Timestamp) -> Int64 {
    let second = moment.milliseconds.flooredDivision(by: 1000)
    return second + period(at: second).offset
  }

  /// When the zone's clocks show a time: the first time, where they show it twice, and as if they had not been set forward
  /// where they never show it.
  ///
  /// - Parameter local: seconds since 1970 without a zone.
  func moment(ofLocalTime local: Int64) -> Timestamp {
    let before = period(at: local - Self.largestOffset).offset
    let offsets = [before, period(at: local + Self.largestOffset).offset]
    let offset = offsets.first { period(at: local - $0).offset == $0 } ?? before
    return Timestamp(milliseconds: (local - offset) * 1000)
  }
}
