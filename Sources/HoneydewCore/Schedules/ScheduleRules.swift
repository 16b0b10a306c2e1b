/// What a schedule's fields may be.
public enum ScheduleRules {
  public static func check(name: String) throws(Refusal) {
    guard isPlainName(name) else {
      throw .invalid("name", "a name has 1 to 64 letters, digits, dots, hyphens and underscores, such as `nightly`")
    }
  }

  /// The most schedules of one set: all of it is decided in one turn, which no other client is to notice.
  public static let largestSet = 200
  /// The set of schedules that are applied without the name of one.
  public static let defaultSet = "default"

  public static func check(set: String) throws(Refusal) {
    guard isPlainName(set) else {
      throw .invalid("set", "a set's name has 1 to 64 letters, digits, dots, hyphens and underscores, such as `web`")
    }
  }

  /// A policy by its word; nil for an empty word.
  public static func policy<Policy: RawRepresentable & CaseIterable>(
    _ word: String, _ field: String
  ) throws(Refusal) -> Policy? where Policy.RawValue == String {
    guard !word.isEmpty else { return nil }
    guard let policy = Policy(rawValue: word) else {
      let words = Policy.allCases.map(\.rawValue).joined(separator: ", ")
      throw .invalid(field, "\(field) is \"\(word.printable)\"; it is one of \(words)")
    }
    return policy
  }

  public static func catchUpWindow(milliseconds: Int64) throws(Refusal) -> Duration {
    let range = 0...SubmissionRules.maximumDelay.wholeMilliseconds
    guard range.contains(milliseconds) else { throw .outOfRange("catchup_window_ms", milliseconds, range) }
    return .milliseconds(milliseconds)
  }
}

extension Schedule {
  /// Lets the ticks after a moment count.
  ///
  /// - Throws: a refusal of the expression when it would never tick.
  public mutating func begin(at now: Timestamp, in zone: ZoneRules) throws(Refusal) {
    start(at: now, in: zone)
    guard nextRunAt != nil || !isEnabled else {
      throw .invalid("cron_expr", "the clocks of its zone never show such a time: this would never run")
    }
  }
}
