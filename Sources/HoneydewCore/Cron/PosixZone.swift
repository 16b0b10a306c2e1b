/// The rule by which a zone changes its offset every year, as the `TZ` variable of POSIX and the footer of a TZif file
/// write it: `CET-1CEST,M3.5.0,M10.5.0/3` (POSIX.1-2017, section 8.3; RFC 9636, section 3.3).
public struct PosixZone: Equatable, Sendable {
  /// A moment of each year by a clock.
  struct Change: Equatable, Sendable {
    enum Day: Equatable, Sendable {
      /// 1 to 365; 29 February is not counted.
      case julian(Int64)
      /// 0 to 365; 29 February is counted.
      case ordinal(Int64)
      /// The nth weekday of a month, the last one for n = 5.
      case weekday(month: Int64, week: Int64, day: Int64)
    }

    var day: Day
    /// Seconds after midnight, which may lie in other days.
    var time: Int64
  }

  struct Daylight: Equatable, Sendable {
    var offset: Int64
    var start: Change
    var end: Change
  }

  let standardOffset: Int64
  let daylight: Daylight?

  /// The time around a moment during which the offset stays.
  func period(at moment: Int64) -> ZoneRules.Period {
    guard let daylight else { return ZoneRules.Period(start: .min, end: .max, offset: standardOffset) }
    let year = CivilDate(daysSince1970: (moment + standardOffset).flooredDivision(by: 86_400)).year
    var period = ZoneRules.Period(start: .min, end: .max, offset: standardOffset)
    // Where an end falls together with the next year's start, daylight-saving time is all the year.
    let changes = (year - 1...year + 1).flatMap { year in
      [
        (daylight.end.moment(in: year) - daylight.offset, 0, standardOffset),
        (daylight.start.moment(in: year) - standardOffset, 1, daylight.offset),
      ]
    }.sorted { ($0.0, $0.1) < ($1.0, $1.1) }
    for (at, _, offset) in changes {
      guard at <= moment else {
        period.end = at
        break
      }
      (period.start, period.offset) = (at, offset)
    }
    return period
  }
}

extension PosixZone.Change {
  /// In seconds since 1970 without a zone.
  func moment(in year: Int64) -> Int64 {
    let newYear = CivilDate(year: year, month: 1, day: 1).daysSince1970
    let date: Int64
    switch day {
    case .ordinal(let number): date = newYear + number
    case .julian(let number):
      let hasLeapDay = CivilDate(year: year, month: 2, day: 29).validDaysSince1970 != nil
      date = newYear + number - 1 + (hasLeapDay && number > 59 ? 1 : 0)
    case .weekday(let month, let week, let day):
      let first = CivilDate(year: year, month: month, day: 1).daysSince1970
      // 1970-01-01 was a Thursday.
      let weekday = (first + 4) - (first + 4).flooredDivision(by: 7) * 7
      var found = first + (day - weekday + 7) % 7 + (week - 1) * 7
      if CivilDate(daysSince1970: found).month != month { found -= 7 }
      date = found
    }
    return date * 86_400 + time
  }
}
