import HoneydewTestSupport
import Testing

@testable import HoneydewCore

/// A field as random text, with the values that it admits by construction.
private struct RandomField {
  var text: String
  var values: Set<Int>
  var isWildcard: Bool

  init(_ kind: CronField.Kind, using random: inout SeededGenerator) {
    let upper = kind == .dayOfWeek ? 6 : kind.range.upperBound
    let range = kind.range.lowerBound...upper
    if Int.random(in: 0..<3, using: &random) == 0 {
      let step = Int.random(in: 1...max(2, range.count / 2), using: &random)
      isWildcard = true
      text = Bool.random(using: &random) ? "*" : "*/\(step)"
      values = Set(stride(from: range.lowerBound, through: upper, by: text == "*" ? 1 : step))
      return
    }
    isWildcard = false
    var items: [String] = []
    values = []
    for _ in 0..<Int.random(in: 1...3, using: &random) {
      let lower = Int.random(in: range, using: &random)
      let end = Int.random(in: lower...upper, using: &random)
      let step = Int.random(in: 1...max(1, range.count / 3), using: &random)
      switch Int.random(in: 0..<4, using: &random) {
      case 0:
        items.append("\(lower)-\(end)/\(step)")
        values.formUnion(stride(from: lower, through: end, by: step))
      case 1:
        items.append("\(lower)-\(end)")
        values.formUnion(lower...end)
      default:
        items.append("\(lower)")
        values.insert(lower)
      }
    }
    text = items.joined(separator: ",")
  }
}

private struct RandomExpression {
  let fields: [RandomField]
  var text: String { fields.map(\.text).joined(separator: " ") }
  var hasFixedTime: Bool { !fields[0].isWildcard && !fields[1].isWildcard }

  init(using random: inout SeededGenerator) {
    fields = CronField.Kind.allCases.map { RandomField($0, using: &random) }
  }

  func matches(localMinute: Int64) -> Bool {
    let day = localMinute.flooredDivision(by: 1440)
    let date = CivilDate(daysSince1970: day)
    let minute = Int(localMinute - day * 1440)
    let weekday = Int((day + 4) % 7)
    let isOfMonth = fields[2].values.contains(Int(date.day))
    let isOfWeek = fields[4].values.contains(weekday)
    return fields[0].values.contains(minute % 60) && fields[1].values.contains(minute / 60)
      && fields[3].values.contains(Int(date.month))
      && (fields[2].isWildcard || fields[4].isWildcard ? isOfMonth && isOfWeek : isOfMonth || isOfWeek)
  }

  /// Looks at one minute after the other, as a daemon that never sleeps would.
  func naiveNext(after start: Int64, until end: Int64, in zone: ZoneRules) -> Int64? {
    var period = zone.period(at: (start - 3 * 1440) * 60)
    func local(_ minute: Int64) -> Int64 {
      if minute * 60 >= period.end { period = zone.period(at: minute * 60) }
      return minute + period.offset / 60
    }
    var furthest = (start - 3 * 1440...start).map(local).max()!
    for minute in start + 1...end {
      let shown = local(minute)
      if hasFixedTime {
        if shown > furthest, (furthest + 1...shown).contains(where: matches) { return minute }
      } else if matches(localMinute: shown) {
        return minute
      }
      furthest = max(furthest, shown)
    }
    return nil
  }
}

@Suite struct `The computed next tick` {
  private static let zones: [ZoneRules] = [
    .utc,
    ZoneRules(initialOffset: 19_800, transitions: [], footer: nil),
    ZoneRules(initialOffset: 3600, transitions: [], footer: PosixZone("CET-1CEST,M3.5.0,M10.5.0/3")),
    ZoneRules(initialOffset: 37_800, transitions: [], footer: PosixZone("<+1030>-10:30<+11>-11,M10.1.0,M4.1.0")),
    ZoneRules(initialOffset: 0, transitions: [], footer: PosixZone("IST-1GMT0,M10.5.0,M3.5.0/1")),
    ZoneRules(initialOffset: -7200, transitions: [], footer: PosixZone("<-02>2<-01>,M3.5.0/-1,M10.5.0/0")),
    // A day that is left out, a day that comes twice, and changes that follow each other closely.
    ZoneRules(
      initialOffset: -36_000,
      transitions: [
        .init(at: 1_325_239_200, offset: 50_400), .init(at: 1_330_000_200, offset: -36_000),
        .init(at: 1_330_003_800, offset: -34_200), .init(at: 1_330_005_600, offset: -39_600),
      ], footer: PosixZone("<-11>11")),
  ]

  @Test(arguments: zones.indices) func `is what a search by minutes finds`(zone: Int) throws {
    let rules = Self.zones[zone]
    var random = SeededGenerator(state: UInt64(zone) + 100)
    var found = 0
    for _ in 0..<30 {
      let expression = RandomExpression(using: &random)
      guard let parsed = try? CronExpression(expression.text) else { continue }
      // Around the changes of the table and of the yearly rule.
      let centre = zone == 6 ? 1_330_003_800 / 60 : Int64.random(in: 0..<70_000_000, using: &random)
      let start = centre + Int64.random(in: -6000...3000, using: &random)
      let end = start + 8000
      let naive = expression.naiveNext(after: start, until: end, in: rules)
      let moment = Timestamp(milliseconds: start * 60_000)
      let computed = parsed.next(after: moment, in: rules, from: moment).map { $0.milliseconds / 60_000 }
      #expect(computed.flatMap { $0 <= end ? $0 : nil } == naive, "\(expression.text) after minute \(start)")
      found += naive == nil ? 0 : 1
    }
    #expect(found > 5)
  }
}
