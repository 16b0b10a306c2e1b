/// Moments as people say them: `yesterday`, `monday 9:00`, `14:30`, `2026-01-31 10:00`, `2d`, and RFC 3339.
public enum MomentText {
  /// On which side of now a moment is meant that does not say so.
  public enum Side: Sendable {
    /// `2d` is two days ago, `monday` the last one.
    case past
    /// `2d` is in two days, `monday` the next one.
    case future
  }

  private static let day: Int64 = 86_400
  private static let weekdays = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]

  /// The moment that a text means, or nil when it means none.
  ///
  /// - Parameters:
  ///   - now: the present moment.
  ///   - zone: of what says no zone.
  public static func parse(_ text: String, _ side: Side, now: Timestamp, zone: ZoneRules) -> Timestamp? {
    var words = text.lowercased().split(separator: " ").map(String.init)
    if words == ["now"] { return now }
    if let age = ago(words, side) { return now + age }
    // A moment with a zone, or without blanks.
    if let moment = Timestamp(text), text.contains(where: { "tTzZ".contains($0) }) || text.dropFirst(10).contains("+") {
      return moment
    }
    let present = zone.localTime(at: now)
    let today = present.flooredDivision(by: day) * day
    guard let first = words.first else { return nil }
    if let time = clockTime(first), words.count == 1 {
      // Today, or the nearest day on the side that is meant.
      let local = today + time
      return zone.moment(ofLocalTime: local + shift(local, present, side, by: day))
    }
    words.removeFirst()
    guard words.count <= 1, let time = words.isEmpty ? 0 : clockTime(words[0]) else { return nil }
    if let days = ["yesterday": -1, "today": 0, "tomorrow": 1][first] {
      return zone.moment(ofLocalTime: today + Int64(days) * day + time)
    }
    if let weekday = weekday(first) {
      // 1970-01-01 was a Thursday.
      let distance = (weekday - (today / day + 3)) % 7
      let local = today + distance * day + time
      return zone.moment(ofLocalTime: local + shift(local, present, side, by: 7 * day))
    }
    guard first.utf8.count == 10, let date = Timestamp(first) else { return nil }
    return zone.moment(ofLocalTime: date.milliseconds / 1000 + time)
  }

  /// Whether a text is a date or RFC 3339, which others than we read in the same way.
  public static func isStandard(_ text: String) -> Bool { Timestamp(text) != nil && !text.contains(" ") }

  /// `2d`, `2d ago` or `in 2d`, from now.
  private static func ago(_ words: [String], _ side: Side) -> Duration? {
    switch (words.count, words.first, words.last) {
    case (1, let text?, _): DurationText.parse(text).map { side == .past ? .zero - $0 : $0 }
    case (2, "in", let text?): DurationText.parse(text)
    case (2, let text?, "ago"): DurationText.parse(text).map { .zero - $0 }
    default: nil
    }
  }

  /// What puts a time that repeats on the side of now that is meant.
  private static func shift(_ local: Int64, _ present: Int64, _ side: Side, by period: Int64) -> Int64 {
    switch side {
    case .past: local <= present ? (local + period <= present ? period : 0) : -period
    case .future: local > present ? (local - period > present ? -period : 0) : period
    }
  }

  /// By its name or the first letters of it, three at least: 0 is Monday.
  private static func weekday(_ text: String) -> Int64? {
    guard text.count >= 3 else { return nil }
    return weekdays.firstIndex { $0.hasPrefix(text) }.map(Int64.init)
  }

  /// `9:00` or `14:30:05`, in seconds since midnight.
  private static func clockTime(_ text: String) -> Int64? {
    let parts = text.split(separator: ":", omittingEmptySubsequences: false)
    let isPlain = parts.allSatisfy { (1...2).contains($0.utf8.count) && $0.utf8.allSatisfy { (48...57).contains($0) } }
    let numbers = parts.compactMap { Int64($0) }
    guard isPlain, (2...3).contains(numbers.count), numbers[0] < 24, numbers[1...].allSatisfy({ $0 < 60 }) else {
      return nil
    }
    return numbers[0] * 3600 + numbers[1] * 60 + (numbers.count == 3 ? numbers[2] : 0)
  }
}
