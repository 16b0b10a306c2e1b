import HoneydewCore
import Testing

/// Now is Saturday, 28 November 2026, 15:00 in Berlin (14:00 UTC).
@Suite struct `A moment as people say it` {
  private static let berlin = ZoneRules(
    initialOffset: 3600, transitions: [], footer: PosixZone("CET-1CEST,M3.5.0,M10.5.0/3"))

  private func parse(_ text: String, _ side: MomentText.Side = .past, now: String = "2026-11-28T14:00:00Z") throws
    -> String?
  {
    let now = try #require(Timestamp(now))
    return MomentText.parse(text, side, now: now, zone: Self.berlin).map { String($0.description.dropLast(5)) + "Z" }
  }

  @Test(arguments: [
    ("now", "2026-11-28T14:00:00Z"), ("today", "2026-11-27T23:00:00Z"), ("yesterday", "2026-11-26T23:00:00Z"),
    ("Tomorrow", "2026-11-28T23:00:00Z"), ("yesterday 18:30", "2026-11-27T17:30:00Z"),
    ("2026-11-28", "2026-11-27T23:00:00Z"), ("2026-11-28 10:00", "2026-11-28T09:00:00Z"),
    ("2026-07-01 10:00:30", "2026-07-01T08:00:30Z"), ("2026-11-28T10:00:00Z", "2026-11-28T10:00:00Z"),
    ("2026-11-28T10:00:00+01:00", "2026-11-28T09:00:00Z"), ("2026-11-28 10:00:00Z", "2026-11-28T10:00:00Z"),
    ("in 2h", "2026-11-28T16:00:00Z"), ("2h ago", "2026-11-28T12:00:00Z"),
  ])
  func `means the same on either side of now`(text: String, moment: String) throws {
    #expect(try parse(text, .past) == moment)
    #expect(try parse(text, .future) == moment)
  }

  @Test(arguments: [
    ("2d", "2026-11-26T14:00:00Z", "2026-11-30T14:00:00Z"), ("1w", "2026-11-21T14:00:00Z", "2026-12-05T14:00:00Z"),
    ("90m", "2026-11-28T12:30:00Z", "2026-11-28T15:30:00Z"),
    ("9:00", "2026-11-28T08:00:00Z", "2026-11-29T08:00:00Z"), ("18:00", "2026-11-27T17:00:00Z", "2026-11-28T17:00:00Z"),
    ("15:00", "2026-11-28T14:00:00Z", "2026-11-29T14:00:00Z"),
    ("monday 9:00", "2026-11-23T08:00:00Z", "2026-11-30T08:00:00Z"),
    ("mon", "2026-11-22T23:00:00Z", "2026-11-29T23:00:00Z"),
    ("saturday 9:00", "2026-11-28T08:00:00Z", "2026-12-05T08:00:00Z"),
    ("saturday 18:00", "2026-11-21T17:00:00Z", "2026-11-28T17:00:00Z"),
    ("sunday", "2026-11-21T23:00:00Z", "2026-11-28T23:00:00Z"),
  ])
  func `is looked for on the side that is meant`(text: String, past: String, future: String) throws {
    #expect(try parse(text, .past) == past)
    #expect(try parse(text, .future) == future)
  }

  @Test func `A time that the clock skips is later, and one that comes twice is the first`() throws {
    #expect(try parse("2026-03-29 02:30") == "2026-03-29T01:30:00Z")
    #expect(try parse("2026-10-25 02:30") == "2026-10-25T00:30:00Z")
  }

  @Test(arguments: [
    "", " ", "soon", "mo", "mondays", "25:00", "9:60", "9", "9:00:00:00", "-1:00", "2026-02-30", "2026-11-28 25:00",
    "2d 3h",
    "ago", "in", "in 2", "2 ago", "monday monday", "monday 9", "yesterday yesterday", "2026-11-28T10:00", "28.11.2026",
    "2026-11-28 9:00 Z", "+9:00",
  ])
  func `Anything else is none`(text: String) throws {
    #expect(try parse(text) == nil)
  }

  @Test func `A clock at the ends of time traps nobody`() throws {
    for now in [Int64.min, 0, .max] {
      for text in ["2562047788015h", "monday", "9:00", "9999-12-31", "0000-01-01 00:00", "tomorrow"] {
        for side in [MomentText.Side.past, .future] {
          _ = MomentText.parse(text, side, now: Timestamp(milliseconds: now), zone: Self.berlin)
        }
      }
    }
  }
}
