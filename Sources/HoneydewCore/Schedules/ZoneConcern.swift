/// A schedule that should tick, and whose time zone cannot be read.
public struct ZoneConcern: Equatable, Sendable {
  /// The schedule's name.
  public var schedule: String
  /// The zone that its expression names; nil is the host's.
  public var zone: String?
  /// Why it cannot be read, as a sentence.
  public var text: String
  /// Whether it waits for the zone; else it goes on by the rules that were read before.
  public var isWaiting: Bool

  public init(schedule: String, zone: String?, text: String, isWaiting: Bool) {
    self.schedule = schedule
    self.zone = zone
    self.text = text
    self.isWaiting = isWaiting
  }

  /// What becomes of the schedule, and why.
  public var sentence: String {
    (isWaiting ? "it does not tick, and waits for its time zone: " : "it goes on by the rules that its time zone had: ")
      + text
  }

  /// What to tell of all of them: a sentence for each zone.
  public static func reasons(_ concerns: some Sequence<ZoneConcern>) -> [String] {
    Dictionary(grouping: concerns) { "\($0.isWaiting ? 0 : 1) \($0.text)" }.sorted { $0.key < $1.key }.map { _, group in
      let names = group.map(\.schedule).sorted()
      let rest = names.count > 3 ? " and \(names.count - 3) more" : ""
      let schedules =
        (names.count == 1 ? "the schedule " : "the schedules ") + names.prefix(3).joined(separator: ", ") + rest
      guard group[0].isWaiting else {
        return
          "\(schedules) \(names.count == 1 ? "goes" : "go") on by the rules that the time zone had: \(group[0].text)"
      }
      return
        "\(schedules) \(names.count == 1 ? "does" : "do") not tick: \(group[0].text). Install it (Debian has old names in "
        + "tzdata-legacy), or choose another with: honeydew schedule update NAME --cron CRON"
    }
  }
}
