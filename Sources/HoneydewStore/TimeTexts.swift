internal import HoneydewCore

/// The texts of the moments that were asked for last: of the turn's, and of those in the rows that it changes.
struct TimeTexts {
  private var latest = [(moment: Timestamp, text: String)](
    repeating: (Timestamp(milliseconds: 0), Timestamp(milliseconds: 0).description), count: 8)

  mutating func text(of moment: Timestamp) -> String {
    let place = Int(moment.milliseconds & 7)
    if latest[place].moment != moment { latest[place] = (moment, moment.description) }
    return latest[place].text
  }
}
