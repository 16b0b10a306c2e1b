import HoneydewCore
import HoneydewText
import Testing

@Suite("Amounts for people") struct HumanTextTests {
  @Test(
    "have a few digits and a unit",
    arguments: [
      (Duration.microseconds(7), "0.00 ms"), (.microseconds(212), "0.21 ms"), (.microseconds(12_345), "12.3 ms"),
      (.milliseconds(999), "999 ms"), (.milliseconds(1500), "1.50 s"), (.seconds(59), "59.0 s"),
      (.seconds(60), "1 min 0 s"),
      (.seconds(3725), "1 h 2 min"), (.seconds(90_000), "1 d 1 h"), (.seconds(-1), "0 ms"),
    ])
  func duration(duration: Duration, text: String) {
    #expect(HumanText.duration(duration) == text)
  }

  @Test(
    "count bytes in powers of 1024",
    arguments: [
      (0, ""), (1, "1 B"), (1023, "1023 B"), (1024, "1.00 KiB"), (9_500_000, "9.05 MiB"), (5 << 30, "5.00 GiB"),
      (UInt64.max, "8589934591 GiB"),
    ] as [(UInt64, String)])
  func bytes(count: UInt64, text: String) {
    #expect(HumanText.bytes(count) == text)
  }

  @Test(
    "leave out the fraction of a moment's second",
    arguments: [
      ("2026-01-02T03:04:05.678Z", "2026-01-02T03:04:05Z"), ("2026-01-02T03:04:05Z", "2026-01-02T03:04:05Z"), ("", ""),
      ("soon.", "soon."),
    ])
  func moment(moment: String, text: String) {
    #expect(HumanText.second(of: moment) == text)
  }

  @Test(
    "says how far a moment is from now",
    arguments: [
      (0, "now"), (-900, "now"), (-12_000, "12 s ago"), (59_999, "in 59 s"), (-180_000, "3 m ago"),
      (7_200_000, "in 2 h"),
      (-47 * 3_600_000, "47 h ago"), (-172_800_000, "2 d ago"), (86_400_000 * 400, "in 400 d"),
    ] as [(Int64, String)])
  func distance(milliseconds: Int64, text: String) {
    let now = Timestamp(milliseconds: 1_800_000_000_000)
    #expect(HumanText.distance(of: now + .milliseconds(milliseconds), from: now) == text)
  }
}
