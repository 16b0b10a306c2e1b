extension ZoneRules {
  /// A moment as the zone's clock shows it: `YYYY-MM-DDTHH:MM:SS+HH:MM` (RFC 3339). An offset of the past that has
  /// seconds is shown without them.
  public func localText(of moment: Timestamp) -> String {
    let offset = period(at: moment.milliseconds.flooredDivision(by: 1000)).offset
    let clock = Timestamp(milliseconds: moment.milliseconds + offset * 1000).description.dropLast(5)
    let minutes = offset.magnitude / 60
    func twoDigits(_ number: UInt64) -> String { (number < 10 ? "0" : "") + String(number) }
    return clock + (offset < 0 ? "-" : "+") + twoDigits(minutes / 60) + ":" + twoDigits(minutes % 60)
  }
}
