/// The five fields of a cron expression, as a rule on a calendar without a zone. It matches some minute.
struct CronCalendar: Equatable, Sendable {
  let minute, hour, dayOfMonth, month, dayOfWeek: CronField

  /// Whether one matching field of days is enough: both restrict (crontab(5)).
  private var isEitherDayEnough: Bool { !dayOfMonth.isWildcard && !dayOfWeek.isWildcard }

  /// Whether it names the time of day: neither minute nor hour is a wildcard. Such a time is kept when the clock skips
  /// or repeats it.
  var hasFixedTime: Bool { !minute.isWildcard && !hour.isWildcard }

  /// Whether there is such a day in any year.
  var hasDays: Bool {
    isEitherDayEnough || (1...12).contains { month.contains($0) && days(year: 2000, month: $0, ofWeek: false) != 0 }
  }

  /// The first moment that matches and is not before `local`, both in seconds of a clock without a zone since 1970.
  /// nil after the year 9999.
  func firstMatch(from local: Int64) -> Int64? {
    let minutes = (local + 59).flooredDivision(by: 60)
    let day = minutes.flooredDivision(by: 1440)
    let date = CivilDate(daysSince1970: day)
    let (year, month, dayOfMonth) = (Int(date.year), Int(date.month), Int(date.day))
    if self.month.contains(month), days(year: year, month: month) >> UInt64(dayOfMonth) & 1 == 1,
      let time = time(from: Int(minutes - day * 1440))
    {
      return (day * 1440 + Int64(time)) * 60
    }
    guard let time = time(from: 0), let next = self.day(after: dayOfMonth, month: month, year: year) else { return nil }
    return (next.daysSince1970 * 1440 + Int64(time)) * 60
  }

  /// The first matching minute of a day that is not before `minuteOfDay`.
  private func time(from minuteOfDay: Int) -> Int? {
    let (hour, minute) = minuteOfDay.quotientAndRemainder(dividingBy: 60)
    if self.hour.contains(hour), let minute = self.minute.first(from: minute) { return hour * 60 + minute }
    guard let later = self.hour.first(from: hour + 1), let minute = self.minute.first(from: 0) else { return nil }
    return later * 60 + minute
  }

  private func day(after day: Int, month: Int, year: Int) -> CivilDate? {
    var (year, month, day) = (year, month, day + 1)
    while year <= 9999 {
      if let candidate = self.month.first(from: month) {
        if candidate != month { (month, day) = (candidate, 1) }
        let rest = days(year: year, month: month) >> UInt64(day)
        if rest != 0 {
          let found = day + rest.trailingZeroBitCount
          return CivilDate(year: Int64(year), month: Int64(month), day: Int64(found))
        }
        (month, day) = (month + 1, 1)
      } else {
        (year, month, day) = (year + 1, 1, 1)
      }
    }
    return nil
  }

  /// The matching days of a month: bit N is day N.
  ///
  /// - Parameter ofWeek: whether the days of the week are looked at.
  private func days(year: Int, month: Int, ofWeek: Bool = true) -> UInt64 {
    let first = CivilDate(year: Int64(year), month: Int64(month), day: 1).daysSince1970
    let next = CivilDate(year: Int64(month == 12 ? year + 1 : year), month: Int64(month % 12 + 1), day: 1).daysSince1970
    let all = (1 << UInt64(next - first) - 1) << 1 as UInt64
    guard ofWeek else { return dayOfMonth.bits & all }
    // 1970-01-01 was a Thursday.
    let weekday = UInt64((first + 4) - (first + 4).flooredDivision(by: 7) * 7)
    let week = (dayOfWeek.bits >> weekday | dayOfWeek.bits << (7 - weekday)) & 0x7F
    let ofWeek = (week | week << 7 | week << 14 | week << 21 | week << 28) << 1
    return (isEitherDayEnough ? dayOfMonth.bits | ofWeek : dayOfMonth.bits & ofWeek) & all
  }
}
