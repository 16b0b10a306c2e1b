/// A moment of wall-clock time in whole milliseconds since 1970-01-01T00:00:00Z, leap seconds not counted.
///
/// It lies in the years 0 to 9999, which is what its text can say: whatever was written can be read back.
public struct Timestamp: Comparable, Hashable, Sendable {
  private static let first: Int64 = -62_167_219_200_000
  private static let last: Int64 = 253_402_300_799_999

  /// The earliest moment.
  public static let distantPast = Timestamp(milliseconds: first)

  public let milliseconds: Int64

  /// A moment before or after those years becomes the nearest one in them.
  public init(milliseconds: Int64) {
    self.milliseconds = min(max(milliseconds, Self.first), Self.last)
  }

  public static func < (left: Timestamp, right: Timestamp) -> Bool {
    left.milliseconds < right.milliseconds
  }

  /// The moment `duration` after `start`, rounded down to a millisecond.
  public static func + (start: Timestamp, duration: Duration) -> Timestamp {
    let (sum, overflow) = start.milliseconds.addingReportingOverflow(duration.wholeMilliseconds)
    guard overflow else { return Timestamp(milliseconds: sum) }
    return Timestamp(milliseconds: duration < .zero ? .min : .max)
  }

  public static func - (end: Timestamp, start: Timestamp) -> Duration {
    .milliseconds(end.milliseconds - start.milliseconds)
  }
}

extension Duration {
  /// The duration in milliseconds, rounded down, clamped to what an `Int64` holds.
  public var wholeMilliseconds: Int64 {
    let (seconds, attoseconds) = components
    let (scaled, overflow) = seconds.multipliedReportingOverflow(by: 1000)
    guard !overflow else { return seconds < 0 ? .min : .max }
    let (sum, carry) = scaled.addingReportingOverflow(attoseconds / 1_000_000_000_000_000)
    return carry ? (seconds < 0 ? .min : .max) : sum
  }
}

extension Timestamp: CustomStringConvertible {
  /// `YYYY-MM-DDTHH:MM:SS.mmmZ` (RFC 3339), the form of every time in the database and in answers.
  public var description: String {
    let days = milliseconds.flooredDivision(by: 86_400_000)
    let time = milliseconds - days * 86_400_000
    let date = CivilDate(daysSince1970: days)
    var text = Array("0000-00-00T00:00:00.000Z".utf8)
    func write(_ number: Int64, before end: Int) {
      var (position, rest) = (end, number)
      while rest > 0 {
        position -= 1
        text[position] += UInt8(rest % 10)
        rest /= 10
      }
    }
    write(date.year, before: 4)
    write(date.month, before: 7)
    write(date.day, before: 10)
    write(time / 3_600_000, before: 13)
    write(time / 60_000 % 60, before: 16)
    write(time / 1000 % 60, before: 19)
    write(time % 1000, before: 23)
    return String(decoding: text, as: UTF8.self)
  }

  /// Reads RFC 3339 (`2026-11-21T02:35:00Z`, with optional fraction and offset) or a bare `YYYY-MM-DD`, which is
  /// midnight UTC. Anything else is nil.
  public init?(_ text: some StringProtocol) {
    var reader = DigitReader(text.utf8)
    guard let year = reader.number(digits: 4), reader.take("-"), let month = reader.number(digits: 2),
      reader.take("-"), let day = reader.number(digits: 2),
      let days = CivilDate(year: year, month: month, day: day).validDaysSince1970
    else { return nil }
    if reader.isAtEnd {
      self.init(milliseconds: days * 86_400_000)
      return
    }
    guard reader.take("T") || reader.take("t") || reader.take(" "),
      let hour = reader.number(digits: 2), hour < 24, reader.take(":"),
      let minute = reader.number(digits: 2), minute < 60, reader.take(":"),
      let second = reader.number(digits: 2), second <= 60
    else { return nil }
    var fraction: Int64 = 0
    if reader.take(".") {
      guard let value = reader.fractionInMilliseconds() else { return nil }
      fraction = value
    }
    var offset: Int64 = 0
    if !reader.take("Z") && !reader.take("z") {
      let sign: Int64 = reader.take("+") ? 1 : -1
      guard sign == 1 || reader.take("-"), let offsetHour = reader.number(digits: 2), offsetHour < 24,
        reader.take(":"), let offsetMinute = reader.number(digits: 2), offsetMinute < 60
      else { return nil }
      offset = sign * (offsetHour * 60 + offsetMinute) * 60_000
    }
    guard reader.isAtEnd else { return nil }
    let time = ((hour * 60 + minute) * 60 + second) * 1000 + fraction
    self.init(milliseconds: days * 86_400_000 + time - offset)
  }
}

private struct DigitReader {
  private var bytes: ArraySlice<UInt8>

  init(_ text: some Sequence<UInt8>) {
    bytes = ArraySlice(text)
  }

  var isAtEnd: Bool { bytes.isEmpty }

  mutating func take(_ character: Unicode.Scalar) -> Bool {
    guard bytes.first == UInt8(ascii: character) else { return false }
    bytes.removeFirst()
    return true
  }

  mutating func number(digits: Int) -> Int64? {
    guard bytes.count >= digits else { return nil }
    var value: Int64 = 0
    for _ in 0..<digits {
      guard let digit = nextDigit() else { return nil }
      value = value * 10 + digit
    }
    return value
  }

  mutating func fractionInMilliseconds() -> Int64? {
    var value: Int64 = 0
    var scale: Int64 = 100
    guard var digit = nextDigit() else { return nil }
    while true {
      value += digit * scale
      scale /= 10
      guard let next = nextDigit() else { return value }
      digit = next
    }
  }

  private mutating func nextDigit() -> Int64? {
    guard let byte = bytes.first, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) else { return nil }
    bytes.removeFirst()
    return Int64(byte - UInt8(ascii: "0"))
  }
}
