public import HoneydewCore

/// Amounts as people read them.
public enum HumanText {
  /// Three digits or so and one unit: `0.21 ms`, `4.5 s`; from a minute on two units: `3 min 5 s`.
  public static func duration(_ duration: Duration) -> String {
    let seconds = duration.components.seconds
    switch seconds {
    case ..<0: return "0 ms"
    case 0:
      let microseconds = duration.components.attoseconds / 1_000_000_000_000
      return "\(decimal(microseconds, per: 1000)) ms"
    case 1..<60:
      return "\(decimal(seconds * 1000 + duration.components.attoseconds / 1_000_000_000_000_000, per: 1000)) s"
    case 60..<3600: return "\(seconds / 60) min \(seconds % 60) s"
    case 3600..<86_400: return "\(seconds / 3600) h \(seconds % 3600 / 60) min"
    default: return "\(seconds / 86_400) d \(seconds % 86_400 / 3600) h"
    }
  }

  /// A moment of RFC 3339 without the fraction of its second: `2026-01-31T12:00:00Z`.
  public static func second(of moment: String) -> String {
    guard moment.hasSuffix("Z"), let point = moment.lastIndex(of: ".") else { return moment }
    return moment[..<point] + "Z"
  }

  /// How far a moment is from now, in its largest unit: `3 m ago`, `in 2 h`, `now`.
  public static func distance(of moment: Timestamp, from now: Timestamp) -> String {
    let seconds = (moment - now).components.seconds
    let text =
      switch seconds.magnitude {
      case 0: "now"
      case 1..<60: "\(seconds.magnitude) s"
      case 60..<3600: "\(seconds.magnitude / 60) m"
      case 3600..<172_800: "\(seconds.magnitude / 3600) h"
      default: "\(seconds.magnitude / 86_400) d"
      }
    return seconds == 0 ? text : seconds < 0 ? "\(text) ago" : "in \(text)"
  }

  /// `1 job`, `2 jobs`.
  public static func count(_ number: some BinaryInteger, _ noun: String) -> String {
    "\(number) \(noun)" + (number == 1 ? "" : "s")
  }

  /// `9.1 MiB`, `0 B`.
  public static func size(_ count: some BinaryInteger) -> String { count == 0 ? "0 B" : bytes(UInt64(clamping: count)) }

  /// The same; nothing for zero, which means unknown.
  public static func bytes(_ count: UInt64) -> String {
    switch count {
    case 0: ""
    case 1..<1024: "\(count) B"
    case 1024..<1 << 20: "\(decimal(Int64(count), per: 1 << 10)) KiB"
    case 1 << 20..<1 << 30: "\(decimal(Int64(count), per: 1 << 20)) MiB"
    default: "\(decimal(Int64(clamping: count), per: 1 << 30)) GiB"
    }
  }

  /// The quotient with two decimals below ten, one below a hundred, and none above; rounded down.
  private static func decimal(_ number: Int64, per unit: Int64) -> String {
    let whole = number / unit
    let hundredths = number % unit * 100 / unit
    if whole >= 100 { return "\(whole)" }
    if whole >= 10 { return "\(whole).\(hundredths / 10)" }
    return "\(whole)." + (hundredths < 10 ? "0" : "") + "\(hundredths)"
  }
}
