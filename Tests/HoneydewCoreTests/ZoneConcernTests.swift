import Testing

@testable import HoneydewCore

@Suite struct `Concerns about time zones` {
  private func concern(_ schedule: String, _ text: String = "it is gone", isWaiting: Bool = true) -> ZoneConcern {
    ZoneConcern(schedule: schedule, zone: "US/Eastern", text: text, isWaiting: isWaiting)
  }

  @Test func `are told together for each zone, by the first names`() {
    #expect(ZoneConcern.reasons([]) == [])
    let reasons = ZoneConcern.reasons(
      ["d", "b", "a", "e", "c"].map { concern($0) } + [concern("x", "it is cut off", isWaiting: false)]
        + [concern("y", "elsewhere")])
    #expect(
      reasons == [
        "the schedule y does not tick: elsewhere. Install it (Debian has old names in tzdata-legacy), or choose another "
          + "with: honeydew schedule update NAME --cron CRON",
        "the schedules a, b, c and 2 more do not tick: it is gone. Install it (Debian has old names in tzdata-legacy), "
          + "or choose another with: honeydew schedule update NAME --cron CRON",
        "the schedule x goes on by the rules that the time zone had: it is cut off",
      ])
  }
}
