import HoneydewCore
import Testing

@Suite("A duration as text") struct DurationTextTests {
  @Test(
    "reads and writes",
    arguments: [
      ("250ms", .milliseconds(250)), ("30s", .seconds(30)), ("5m", .seconds(300)), ("1h30m", .seconds(5400)),
      ("1h1m1s1ms", .milliseconds(3_661_001)), ("1s500ms", .milliseconds(1500)), ("0s", .zero),
      ("2562047788015h", .seconds(2_562_047_788_015 * 3600)),
    ] as [(String, Duration)])
  func roundTrip(text: String, duration: Duration) {
    #expect(DurationText.parse(text) == duration)
    #expect(DurationText.format(duration) == text)
  }

  @Test(
    "reads what it would write otherwise",
    arguments: [("90s", 90), ("90m", 5400), ("0h0m5s", 5), ("007s", 7), ("1d", 86_400), ("2w3d4h", 1_483_200)])
  func other(text: String, seconds: Int) {
    #expect(DurationText.parse(text) == .seconds(seconds))
  }

  @Test(
    "refuses anything else",
    arguments: [
      "", "5", "s", "-5s", "+5s", "5 s", " 5s", "5s ", "1.5s", "5S", "5y", "5µs", "1d1w", "5m1h", "5s5s", "1h30", "ms",
      "٣s",
      "9223372036854775808ms", "2562047788016h", "99999999999999999999s",
    ])
  func refusals(text: String) {
    #expect(DurationText.parse(text) == nil)
  }
}
