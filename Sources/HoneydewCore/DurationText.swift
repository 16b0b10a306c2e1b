/// Durations as people write them: whole numbers with units, the largest unit first, such as `250ms`, `30s`, `5m` or
/// `1h30m`. The units are `w`, `d`, `h`, `m`, `s` and `ms`, each at most once.
public enum DurationText {
  private static let units: [(name: String, milliseconds: Int64)] = [
    ("w", 604_800_000), ("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000), ("ms", 1),
  ]

  /// The duration that a text says, or nil when it says none, or more milliseconds than an `Int64` holds.
  public static func parse(_ text: some StringProtocol) -> Duration? {
    var rest = Array(text.utf8)[...]
    var unitsLeft = units[...]
    var total: Int64 = 0
    repeat {
      let digits = rest.prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
      rest = rest.dropFirst(digits.count)
      let name = rest.prefix { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0) }
      rest = rest.dropFirst(name.count)
      guard let number = Int64(String(decoding: digits, as: UTF8.self)),
        let index = unitsLeft.firstIndex(where: { $0.name.utf8.elementsEqual(name) })
      else { return nil }
      let (milliseconds, overflow) = number.multipliedReportingOverflow(by: unitsLeft[index].milliseconds)
      let (sum, carry) = total.addingReportingOverflow(milliseconds)
      guard !overflow, !carry else { return nil }
      total = sum
      unitsLeft = unitsLeft[(index + 1)...]
    } while !rest.isEmpty
    return .milliseconds(total)
  }

  /// The text that `parse` reads as this duration, rounded down to a millisecond, in hours at the most: a day of the calendar
  /// may have another length. Nothing is shorter than `0s`.
  public static func format(_ duration: Duration) -> String {
    var rest = max(0, duration.wholeMilliseconds)
    var text = ""
    for unit in units.dropFirst(2) where rest >= unit.milliseconds {
      text += "\(rest / unit.milliseconds)\(unit.name)"
      rest %= unit.milliseconds
    }
    return text.isEmpty ? "0s" : text
  }
}
