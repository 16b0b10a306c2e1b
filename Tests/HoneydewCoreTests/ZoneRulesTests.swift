import Testing

@testable import HoneydewCore

private func seconds(_ text: String) -> Int64 { Timestamp(text)!.milliseconds / 1000 }

@Suite struct `The rules of a zone` {
  @Test func `hold each offset from its transition on`() {
    let zone = ZoneRules(
      initialOffset: 100,
      transitions: [.init(at: 10, offset: 200), .init(at: 20, offset: 200), .init(at: 30, offset: 50)],
      footer: nil)
    #expect(zone.period(at: 9) == .init(start: .min, end: 10, offset: 100))
    // What changes nothing does not part a time in two.
    #expect(zone.period(at: 10) == .init(start: 10, end: 30, offset: 200))
    #expect(zone.period(at: 29) == .init(start: 10, end: 30, offset: 200))
    #expect(zone.period(at: 30) == .init(start: 30, end: .max, offset: 50))
  }

  @Test func `go on with the footer after the last transition`() {
    let zone = ZoneRules(
      initialOffset: 0, transitions: [.init(at: seconds("2020-01-01"), offset: 3600)],
      footer: PosixZone("CET-1CEST,M3.5.0,M10.5.0/3"))
    let winter = zone.period(at: seconds("2020-01-01"))
    #expect(winter.start == seconds("2020-01-01"))
    #expect(winter.end == seconds("2020-03-29T01:00:00Z"))
    #expect(zone.period(at: winter.end).offset == 7200)
    #expect(zone.period(at: winter.start - 1) == .init(start: .min, end: winter.start, offset: 0))
  }

  @Test(arguments: [
    ("CET-1CEST,M3.5.0,M10.5.0/3", "2026-07-01", 7200, "2026-03-29T01:00:00Z", "2026-10-25T01:00:00Z"),
    ("EST5EDT,M3.2.0,M11.1.0", "2026-01-15", -18_000, "2025-11-02T06:00:00Z", "2026-03-08T07:00:00Z"),
    // South of the equator summer goes over the new year.
    ("NZST-12NZDT,M9.5.0,M4.1.0/3", "2026-01-15", 46_800, "2025-09-27T14:00:00Z", "2026-04-04T14:00:00Z"),
    // Daylight-saving time that is behind the standard time.
    ("IST-1GMT0,M10.5.0,M3.5.0/1", "2026-01-15", 0, "2025-10-26T01:00:00Z", "2026-03-29T01:00:00Z"),
    // Hours before and after the day itself.
    ("<-02>2<-01>,M3.5.0/-1,M10.5.0/0", "2026-07-01", -3600, "2026-03-29T01:00:00Z", "2026-10-25T01:00:00Z"),
    // Days by number, without and with 29 February.
    ("AAA0BBB,J60/0,J300/0", "2028-04-01", 3600, "2028-03-01T00:00:00Z", "2028-10-26T23:00:00Z"),
    ("AAA0BBB,59/0,299/0", "2028-04-01", 3600, "2028-02-29T00:00:00Z", "2028-10-25T23:00:00Z"),
  ])
  func `change by the rule of a footer`(text: String, at: String, offset: Int64, start: String, end: String) throws {
    let footer = try #require(PosixZone(text))
    #expect(footer.period(at: seconds(at)) == .init(start: seconds(start), end: seconds(end), offset: offset))
  }

  @Test func `know daylight-saving time without an end`() throws {
    let footer = try #require(PosixZone("EST5EDT,0/0,J365/25"))
    let zone = ZoneRules(initialOffset: -14_400, transitions: [], footer: footer)
    for day in ["2026-01-01", "2026-06-01", "2026-12-31", "2027-01-01"] {
      #expect(zone.period(at: seconds(day)).offset == -14_400)
      #expect(zone.period(at: seconds(day) + 5 * 3600).offset == -14_400)
    }
  }

  @Test(arguments: [
    "", "A", "CET", "CET-", "CET-1CEST", "CET-1CEST,M3.5.0", "CET-1CEST,M3.5.0,M13.5.0", "CET-1CEST,M3.6.0,M10.5.0",
    "CET-1CEST,M3.5.7,M10.5.0", "CET-1CEST,J0,J10", "CET-1CEST,366,1", "<+01-1", "CET-1 ", "CET-27", "CET-1:60",
    "CET-1CEST,M3.5.0/168,M10.5.0", "CET-1CEST,M3.5.0,M10.5.0,",
  ])
  func `are not made of nonsense`(text: String) {
    #expect(PosixZone(text) == nil)
  }
}
