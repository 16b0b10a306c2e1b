/// When a schedule runs: five fields as in crontab(5), a short form such as `@daily`, or `@every` and an interval.
///
/// `CRON_TZ=ZONE` or `TZ=ZONE` in front says whose clock is meant. Names of months and days may stand for numbers in any
/// case; `?` means any day.
public struct CronExpression: Equatable, Sendable {
  enum Times: Equatable, Sendable {
    case calendar(CronCalendar)
    /// In whole seconds.
    case every(seconds: Int64)
  }

  /// Whether it goes by a clock, so that the zone matters.
  public var followsClock: Bool { if case .calendar = times { true } else { false } }

  public static let maximumBytes = 500
  /// Ten years.
  static let longestInterval: Int64 = 87_600 * 3600
  static let shortForms = [
    "@yearly": "0 0 1 1 *", "@annually": "0 0 1 1 *", "@monthly": "0 0 1 * *", "@weekly": "0 0 * * 0",
    "@daily": "0 0 * * *", "@midnight": "0 0 * * *", "@hourly": "0 * * * *",
  ]

  /// The zone that is named in front; nil is the host's.
  public let zone: String?
  let times: Times

  /// - Throws: an error that names the field and the column. An expression that no day can match is wrong too.
  public init(_ text: String) throws(CronError) {
    guard text.utf8.count <= Self.maximumBytes else {
      throw CronError(column: Self.maximumBytes + 1, "it has \(text.utf8.count) bytes; at most \(Self.maximumBytes)")
    }
    let bytes = Array(text.utf8)
    if let index = bytes.firstIndex(where: { !(0x20...0x7E).contains($0) && $0 != 0x09 }) {
      throw CronError(column: index + 1, "only printable ASCII characters may stand here")
    }
    var words = bytes.split { $0 == 0x20 || $0 == 0x09 }
    zone = try Self.takeZone(&words)
    guard let first = words.first else {
      throw CronError(column: bytes.count + 1, "there are no fields; write five, such as 0 5 * * mon-fri")
    }
    guard first.first == UInt8(ascii: "@") else {
      times = .calendar(try Self.calendar(words, end: bytes.count))
      return
    }
    let name = String(decoding: first, as: UTF8.self)
    if name == "@every" {
      times = .every(seconds: try Self.interval(words, end: bytes.count))
    } else if let fields = Self.shortForms[name] {
      guard words.count == 1 else {
        throw CronError(column: words[1].startIndex + 1, "nothing may follow \(name)")
      }
      times = .calendar(try Self.calendar(Array(fields.utf8).split(separator: 0x20), end: bytes.count))
    } else {
      throw CronError(column: first.startIndex + 1, Self.unknown(name))
    }
  }

  private static func takeZone(_ words: inout [ArraySlice<UInt8>]) throws(CronError) -> String? {
    guard let word = words.first else { return nil }
    for prefix in ["CRON_TZ=", "TZ="] where word.starts(with: prefix.utf8) {
      let zone = word.dropFirst(prefix.utf8.count)
      guard !zone.isEmpty else {
        throw CronError(column: zone.startIndex + 1, "\(prefix) needs the name of a zone, such as Europe/Berlin")
      }
      words.removeFirst()
      return String(decoding: zone, as: UTF8.self)
    }
    return nil
  }

  private static func calendar(_ words: [ArraySlice<UInt8>], end: Int) throws(CronError) -> CronCalendar {
    let kinds = CronField.Kind.allCases
    // Before the fields are read: of six the first one may be meant for seconds, and each stands in another's place.
    guard words.count <= kinds.count else {
      throw CronError(
        column: words[kinds.count].startIndex + 1,
        "there are \(words.count) fields, and there must be five: \(kinds.map(\.rawValue).joined(separator: ", ")); "
          + "seconds and years are not taken")
    }
    var fields: [CronField] = []
    for (kind, word) in zip(kinds, words) {
      fields.append(try CronField(kind, word, column: word.startIndex + 1))
    }
    guard words.count >= kinds.count else {
      throw CronError(
        kinds[words.count], column: end + 1,
        "the field is missing; there are five: \(kinds.map(\.rawValue).joined(separator: ", "))")
    }
    let calendar = CronCalendar(
      minute: fields[0], hour: fields[1], dayOfMonth: fields[2], month: fields[3], dayOfWeek: fields[4])
    guard calendar.hasDays else {
      throw CronError(
        .dayOfMonth, column: words[2].startIndex + 1,
        "no month that is named has such a day: this would never run")
    }
    return calendar
  }

  private static func interval(_ words: [ArraySlice<UInt8>], end: Int) throws(CronError) -> Int64 {
    guard words.count > 1 else { throw CronError(column: end + 1, "@every needs an interval, such as @every 1h30m") }
    guard words.count == 2 else {
      throw CronError(column: words[2].startIndex + 1, "nothing may follow the interval of @every")
    }
    let text = String(decoding: words[1], as: UTF8.self)
    guard let milliseconds = DurationText.parse(text)?.wholeMilliseconds, milliseconds >= 1000,
      milliseconds % 1000 == 0, milliseconds / 1000 <= longestInterval
    else {
      throw CronError(
        column: words[1].startIndex + 1,
        "the interval must be whole seconds, from 1s to \(longestInterval / 3600)h, such as 30s or 1h30m")
    }
    return milliseconds / 1000
  }

  private static func unknown(_ name: String) -> String {
    guard name != "@reboot" else { return "a start of the host or the daemon is no time; there is no @reboot here" }
    let known = shortForms.keys.sorted() + ["@every"]
    let near = nearestNames(to: name, among: known)
    return "there is no \(name.prefix(64)); " + (near.isEmpty ? "there are " : "did you mean ")
      + (near.isEmpty ? known.joined(separator: ", ") : near.joined(separator: " or ") + "?")
  }
}
