import HoneydewCore
import Testing

@Suite struct `A timestamp` {
  @Test(arguments: [
    (0, "1970-01-01T00:00:00.000Z"), (951_782_400_000, "2000-02-29T00:00:00.000Z"),
    (-1, "1969-12-31T23:59:59.999Z"), (4_107_542_399_999, "2100-02-28T23:59:59.999Z"),
    (4_107_542_400_000, "2100-03-01T00:00:00.000Z"), (1_795_229_739_007, "2026-11-21T02:55:39.007Z"),
  ])
  func `is written and read back`(milliseconds: Int64, text: String) {
    #expect(Timestamp(milliseconds: milliseconds).description == text)
    #expect(Timestamp(text)?.milliseconds == milliseconds)
  }

  @Test(arguments: [
    ("2026-11-21", "2026-11-21T00:00:00.000Z"), ("2026-11-21T02:00:00Z", "2026-11-21T02:00:00.000Z"),
    ("2026-11-21T02:00:00+05:30", "2026-11-20T20:30:00.000Z"),
    ("2026-11-21t02:00:00.123456789-01:00", "2026-11-21T03:00:00.123Z"),
  ])
  func `is read in every form of RFC 3339`(text: String, canonical: String) {
    #expect(Timestamp(text)?.description == canonical)
  }

  @Test(arguments: [
    "", "2026", "2026-13-01", "2026-02-29", "2026-11-21T", "2026-11-21T24:00:00Z", "2026-11-21T02:00:00",
    "2026-11-21T02:00:00.Z", "2026-11-21T02:00:00Zx", "2026-11-21T02:00:00+24:00", "x026-11-21",
  ])
  func `is not read from anything else`(text: String) {
    #expect(Timestamp(text) == nil)
  }

  @Test func `agrees with itself over every day of 400 years`() {
    for day in stride(from: Int64(-80_000), through: 80_000, by: 1) {
      let timestamp = Timestamp(milliseconds: day * 86_400_000)
      #expect(Timestamp(timestamp.description) == timestamp)
    }
  }

  @Test(arguments: [
    (Int64.min, "0000-01-01T00:00:00.000Z"), (-62_167_219_200_001, "0000-01-01T00:00:00.000Z"),
    (253_402_300_800_000, "9999-12-31T23:59:59.999Z"), (.max, "9999-12-31T23:59:59.999Z"),
  ])
  func `that no text could say becomes the nearest that one can`(milliseconds: Int64, text: String) throws {
    #expect(Timestamp(milliseconds: milliseconds).description == text)
    #expect(try #require(Timestamp(text)).description == text)
  }

  @Test(arguments: ["9999-12-31T23:59:59-23:59", "0000-01-01T00:00:00+00:01"])
  func `at the end of all years is read into what can be written`(text: String) throws {
    let timestamp = try #require(Timestamp(text))
    #expect(Timestamp(timestamp.description) == timestamp)
  }

  @Test func `is clamped rather than overflowing`() {
    #expect(Timestamp(milliseconds: .max) + .seconds(1) == Timestamp(milliseconds: .max))
    #expect(Timestamp(milliseconds: 5) + .seconds(Int64.max) == Timestamp(milliseconds: .max))
    #expect(Timestamp(milliseconds: 0) + .milliseconds(-1) == Timestamp(milliseconds: -1))
  }
}
