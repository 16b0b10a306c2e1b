internal import HoneydewCore
internal import HoneydewText

/// How moments are shown: to people at a terminal by their own clock and as distances from now, to all others exactly
/// (RFC 3339, UTC).
struct TimeText {
  /// The person's; nil where moments are shown exactly.
  private let clock: LocalClock?

  static let exact = TimeText(clock: nil)
  static func local(_ clock: LocalClock) -> TimeText { TimeText(clock: clock) }

  /// For a table: `3 m ago`, `in 2 h`; exactly, without the fraction of the second.
  func brief(_ moment: String) -> String {
    guard let clock, let time = Timestamp(moment) else { return HumanText.second(of: moment) }
    return HumanText.distance(of: time, from: clock.now)
  }

  /// The same in a cell, which is sorted by the moment.
  func cell(_ moment: String) -> Table.Cell {
    Table.Cell(brief(moment), amount: Timestamp(moment).map { Double($0.milliseconds) })
  }

  /// Where there is room: `2026-01-31 13:00:00 +01:00, 3 m ago`; exactly, as it came.
  func full(_ moment: String) -> String {
    guard let clock, let time = Timestamp(moment) else { return moment }
    return "\(self.clock(moment)), \(HumanText.distance(of: time, from: clock.now))"
  }

  /// `2026-01-31 13:00:00 +01:00`; exactly, as it came.
  func clock(_ moment: String) -> String {
    guard let clock, let time = Timestamp(moment) else { return moment }
    let local = clock.zone.localText(of: time)
    return "\(local.prefix(10)) \(local.dropFirst(11).prefix(8)) \(local.dropFirst(19))"
  }
}
