/// The time of records: `2026-11-28T18:00:00.123456789Z`.
public enum OutputTime {
  /// - Parameter nanoseconds: since 1970.
  public static func text(_ nanoseconds: Int64) -> [UInt8] {
    let seconds = nanoseconds.flooredDivision(by: 1_000_000_000)
    let fraction = nanoseconds - seconds * 1_000_000_000
    // To the second as everywhere.
    var text = Array(Timestamp(milliseconds: seconds * 1000).description.utf8.prefix(20))
    var digits = [UInt8](repeating: UInt8(ascii: "0"), count: 9)
    var rest = fraction
    for place in stride(from: 8, through: 0, by: -1) {
      digits[place] += UInt8(rest % 10)
      rest /= 10
    }
    text += digits
    text.append(UInt8(ascii: "Z"))
    return text
  }
}
