extension PosixZone {
  /// Reads a rule; nil when it is none. One with daylight-saving time must say when that begins and ends.
  public init?(_ text: String) {
    var reader = Reader(rest: Array(text.utf8)[...])
    guard reader.takeName(), let west = reader.takeOffset(), abs(west) < ZoneRules.largestOffset else { return nil }
    standardOffset = -west
    if reader.rest.isEmpty {
      daylight = nil
      return
    }
    guard reader.takeName() else { return nil }
    var offset = standardOffset + 3600
    if reader.rest.first != UInt8(ascii: ",") {
      guard let west = reader.takeOffset(), abs(west) < ZoneRules.largestOffset else { return nil }
      offset = -west
    }
    guard let start = reader.takeChange(), let end = reader.takeChange(), reader.rest.isEmpty else { return nil }
    daylight = Daylight(offset: offset, start: start, end: end)
  }

  private struct Reader {
    var rest: ArraySlice<UInt8>

    mutating func take(_ character: Unicode.Scalar) -> Bool {
      guard rest.first == UInt8(ascii: character) else { return false }
      rest.removeFirst()
      return true
    }

    /// `CET` or `<+0330>`.
    mutating func takeName() -> Bool {
      if take("<") {
        guard let end = rest.firstIndex(of: UInt8(ascii: ">")) else { return false }
        rest = rest[(end + 1)...]
        return true
      }
      let letters = rest.prefix { Character(UnicodeScalar($0)).isASCII && Character(UnicodeScalar($0)).isLetter }
      rest = rest.dropFirst(letters.count)
      return letters.count >= 3
    }

    /// `[+-]hh[:mm[:ss]]` in seconds, at most 167 hours.
    mutating func takeOffset() -> Int64? {
      let sign: Int64 = take("-") ? -1 : 1
      if sign == 1 { _ = take("+") }
      guard var seconds = takeNumber(in: 0...167).map({ $0 * 3600 }) else { return nil }
      for unit: Int64 in [60, 1] where take(":") {
        guard let number = takeNumber(in: 0...59) else { return nil }
        seconds += number * unit
      }
      return sign * seconds
    }

    mutating func takeChange() -> Change? {
      guard take(","), let day = takeDay() else { return nil }
      guard take("/") else { return Change(day: day, time: 7200) }
      return takeOffset().map { Change(day: day, time: $0) }
    }

    private mutating func takeDay() -> Change.Day? {
      if take("J") { return takeNumber(in: 1...365).map { .julian($0) } }
      guard take("M") else { return takeNumber(in: 0...365).map { .ordinal($0) } }
      guard let month = takeNumber(in: 1...12), take("."), let week = takeNumber(in: 1...5), take("."),
        let day = takeNumber(in: 0...6)
      else { return nil }
      return .weekday(month: month, week: week, day: day)
    }

    private mutating func takeNumber(in range: ClosedRange<Int64>) -> Int64? {
      let digits = rest.prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
      guard (1...3).contains(digits.count), let number = Int64(String(decoding: digits, as: UTF8.self)) else {
        return nil
      }
      rest = rest.dropFirst(digits.count)
      return range.contains(number) ? number : nil
    }
  }
}
