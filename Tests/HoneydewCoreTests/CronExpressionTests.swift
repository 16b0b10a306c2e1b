import Testing

@testable import HoneydewCore

private let berlin = ZoneRules(
  initialOffset: 3600, transitions: [], footer: PosixZone("CET-1CEST,M3.5.0,M10.5.0/3"))
private let newYork = ZoneRules(
  initialOffset: -18_000, transitions: [], footer: PosixZone("EST5EDT,M3.2.0,M11.1.0"))

extension CronExpression {
  /// The ticks after a moment, as text.
  fileprivate func ticks(
    _ count: Int, after start: String, in zone: ZoneRules = .utc, from anchor: String? = nil
  ) -> [String] {
    var moment = Timestamp(start)!
    var found: [String] = []
    while found.count < count, let tick = next(after: moment, in: zone, from: Timestamp(anchor ?? start)!) {
      moment = tick
      found.append(tick.description.replacing(":00.000Z", with: "Z"))
    }
    return found
  }
}

@Suite struct `A cron expression` {
  @Test(arguments: [
    ("*/20 * * * *", ["2026-01-01T00:20Z", "2026-01-01T00:40Z", "2026-01-01T01:00Z"]),
    ("5/20 * * * *", ["2026-01-01T00:05Z", "2026-01-01T00:25Z", "2026-01-01T00:45Z"]),
    ("1-9/4,30 3 * * *", ["2026-01-01T03:01Z", "2026-01-01T03:05Z", "2026-01-01T03:09Z", "2026-01-01T03:30Z"]),
    ("0 9 * * mon-fri", ["2026-01-01T09:00Z", "2026-01-02T09:00Z", "2026-01-05T09:00Z"]),
    ("0 9 * * FRI-sun", ["2026-01-02T09:00Z", "2026-01-03T09:00Z", "2026-01-04T09:00Z", "2026-01-09T09:00Z"]),
    ("0 9 ? * 7", ["2026-01-04T09:00Z", "2026-01-11T09:00Z"]),
    ("0 9 * * 5-7", ["2026-01-02T09:00Z", "2026-01-03T09:00Z", "2026-01-04T09:00Z", "2026-01-09T09:00Z"]),
    ("0 0 31 * *", ["2026-01-31T00:00Z", "2026-03-31T00:00Z", "2026-05-31T00:00Z"]),
    ("0 0 29 feb *", ["2028-02-29T00:00Z", "2032-02-29T00:00Z"]),
    ("59 23 31 12 *", ["2026-12-31T23:59Z", "2027-12-31T23:59Z"]),
    ("\t0  0 1 JAN,Jul * ", ["2026-07-01T00:00Z", "2027-01-01T00:00Z"]),
    ("@yearly", ["2027-01-01T00:00Z"]), ("@annually", ["2027-01-01T00:00Z"]),
    ("@monthly", ["2026-02-01T00:00Z"]), ("@weekly", ["2026-01-04T00:00Z"]),
    ("@daily", ["2026-01-02T00:00Z"]), ("@midnight", ["2026-01-02T00:00Z"]), ("@hourly", ["2026-01-01T01:00Z"]),
    ("@every 1h30m", ["2026-01-01T01:30Z", "2026-01-01T03:00Z"]),
  ])
  func `has these next ticks`(expression: String, expected: [String]) throws {
    #expect(try CronExpression(expression).ticks(expected.count, after: "2026-01-01") == expected)
  }

  @Test(arguments: [
    // Both restricted: one is enough.
    ("0 0 13 * fri", ["2026-01-02T00:00Z", "2026-01-09T00:00Z", "2026-01-13T00:00Z"]),
    ("0 0 13-14 * 5", ["2026-01-02T00:00Z", "2026-01-09T00:00Z", "2026-01-13T00:00Z", "2026-01-14T00:00Z"]),
    // A field that begins with a star restricts nothing, also with a step: both must match.
    ("0 0 */2 * mon", ["2026-01-05T00:00Z", "2026-01-19T00:00Z"]),
    ("0 0 13 * */2", ["2026-01-13T00:00Z", "2026-06-13T00:00Z"]),
    ("0 0 13 * ?", ["2026-01-13T00:00Z", "2026-02-13T00:00Z"]),
    // A day that no month has is refused, unless the other field makes up for it.
    ("0 0 30 2 mon", ["2026-02-02T00:00Z", "2026-02-09T00:00Z"]),
  ])
  func `combines the days as crontab(5) does`(expression: String, expected: [String]) throws {
    #expect(try CronExpression(expression).ticks(expected.count, after: "2026-01-01") == expected)
  }

  @Test(arguments: [
    ("", "cron expression (column 1): there are no fields; write five, such as 0 5 * * mon-fri"),
    (
      "0 5 * *",
      "day-of-week (column 8): the field is missing; there are five: minute, hour, day-of-month, month, "
        + "day-of-week"
    ),
    (
      "0 0 5 * * *",
      "cron expression (column 11): there are 6 fields, and there must be five: minute, hour, day-of-month, month, "
        + "day-of-week; seconds and years are not taken"
    ),
    // Six of which five would be wrong: the seconds are what is too much.
    (
      "TZ=UTC 0 30 0 * * mon",
      "cron expression (column 19): there are 6 fields, and there must be five: minute, hour, day-of-month, month, "
        + "day-of-week; seconds and years are not taken"
    ),
    (
      "0 0 12 ? * MON#1 2030",
      "cron expression (column 12): there are 7 fields, and there must be five: minute, hour, day-of-month, month, "
        + "day-of-week; seconds and years are not taken"
    ),
    ("60 5 * * *", "minute (column 1): 60 is not 0 to 59"),
    ("0 5,24 * * *", "hour (column 5): 24 is not 0 to 23"),
    ("0 5 0 * *", "day-of-month (column 5): 0 is not 1 to 31"),
    ("0 5 * 13 *", "month (column 7): 13 is not 1 to 12, or a name such as feb"),
    ("0 5 * * mon-8", "day-of-week (column 13): 8 is not 0 to 7, or a name such as mon"),
    ("0 5 * * mond", "day-of-week (column 9): \"mond\" is not 0 to 7, or a name such as mon"),
    ("0 5 L * *", "day-of-month (column 5): \"L\" is not 1 to 31"),
    ("0 5 * * 5#2", "day-of-week (column 9): \"5#2\" is not 0 to 7, or a name such as mon"),
    ("5-1 * * * *", "minute (column 3): the range 5-1 runs backwards; write it as two, with a comma between them"),
    ("1,,2 * * * *", "minute (column 3): a value is missing; write 0 to 59"),
    ("1- * * * *", "minute (column 3): a value is missing; write 0 to 59"),
    ("*x * * * *", "minute (column 2): \"x\" is too much; separate values by commas"),
    ("*/0 * * * *", "minute (column 3): the step \"0\" is not 1 to 60"),
    ("*/90 * * * *", "minute (column 3): the step 90 is not 1 to 60; a longer interval is written so: @every 1h30m"),
    ("? * * * *", "minute (column 1): ? stands for days only; write *"),
    ("0 0 30 2 *", "day-of-month (column 5): no month that is named has such a day: this would never run"),
    (
      "0 0 31 2,4,jun,9,11 */2",
      "day-of-month (column 5): no month that is named has such a day: this would never run"
    ),
    ("TZ= 0 5 * * *", "cron expression (column 4): TZ= needs the name of a zone, such as Europe/Berlin"),
    ("@dayly", "cron expression (column 1): there is no @dayly; did you mean @daily?"),
    ("@reboot", "cron expression (column 1): a start of the host or the daemon is no time; there is no @reboot here"),
    ("@daily 5", "cron expression (column 8): nothing may follow @daily"),
    ("@every", "cron expression (column 7): @every needs an interval, such as @every 1h30m"),
    (
      "@every 1500ms",
      "cron expression (column 8): the interval must be whole seconds, from 1s to 87600h, such as 30s "
        + "or 1h30m"
    ),
    ("@every 1h 30m", "cron expression (column 11): nothing may follow the interval of @every"),
    ("0 5 * * ö", "cron expression (column 9): only printable ASCII characters may stand here"),
    ("0 5 * * *\n", "cron expression (column 10): only printable ASCII characters may stand here"),
    ("99999999999999999999 * * * *", "minute (column 1): \"99999999999999999999\" is not 0 to 59"),
  ])
  func `says which field is wrong, and where`(expression: String, message: String) {
    let error = #expect(throws: CronError.self) { try CronExpression(expression) }
    #expect(error?.description == message)
  }

  @Test func `is refused when it is very long`() {
    let error = #expect(throws: CronError.self) { try CronExpression("1" + String(repeating: ",1", count: 300)) }
    #expect(error?.text == "it has 601 bytes; at most 500")
  }

  @Test(arguments: [
    ("CRON_TZ=Europe/Berlin 0 5 * * *", "Europe/Berlin"), ("TZ=UTC @daily", "UTC"), ("TZ=A/B @every 5m", "A/B"),
  ])
  func `names its zone in front`(expression: String, zone: String) throws {
    #expect(try CronExpression(expression).zone == zone)
    #expect(try CronExpression("@daily").zone == nil)
  }

  @Test func `counts the intervals of @every from the anchor, wherever it is asked`() throws {
    let expression = try CronExpression("@every 45m")
    let ticks = ["2026-01-01T10:30Z", "2026-01-01T11:15Z"]
    #expect(expression.ticks(2, after: "2026-01-01T10:00:00Z", from: "2026-01-01T00:00:00Z") == ticks)
    #expect(expression.ticks(1, after: "2026-01-01T10:30:00Z", from: "2026-01-01T00:00:00Z") == [ticks[1]])
    // A clock that was set back before the anchor.
    #expect(
      expression.ticks(1, after: "2020-01-01T00:00:00Z", from: "2026-01-01T00:00:00Z") == ["2026-01-01T00:45Z"])
  }

  @Test func `ends with the year 9999`() throws {
    let last = Timestamp("9999-12-31T23:59:59.999Z")!
    #expect(try CronExpression("* * * * *").next(after: last, in: .utc, from: last) == nil)
    #expect(try CronExpression("@every 1h").next(after: last, in: .utc, from: last) == nil)
    #expect(try CronExpression("0 0 29 2 *").next(after: last + .seconds(-3600), in: berlin, from: last) == nil)
  }
}

@Suite struct `Daylight-saving time` {
  @Test(arguments: [
    // 29 March 2026: 02:00 to 03:00 is skipped in Berlin; it is 01:00 UTC then.
    ("30 2 * * *", "2026-03-28T12:00:00Z", ["2026-03-29T01:00Z", "2026-03-30T00:30Z"]),
    ("0,30 2 * * *", "2026-03-28T12:00:00Z", ["2026-03-29T01:00Z", "2026-03-30T00:00Z"]),
    ("0 2,3 * * *", "2026-03-29T00:00:00Z", ["2026-03-29T01:00Z", "2026-03-30T00:00Z", "2026-03-30T01:00Z"]),
    // Wildcards follow the new time.
    ("*/30 * * * *", "2026-03-29T00:00:00Z", ["2026-03-29T00:30Z", "2026-03-29T01:00Z", "2026-03-29T01:30Z"]),
    ("*/30 2 * * *", "2026-03-29T00:00:00Z", ["2026-03-30T00:00Z", "2026-03-30T00:30Z"]),
    ("30 */2 * * *", "2026-03-29T00:00:00Z", ["2026-03-29T02:30Z", "2026-03-29T04:30Z"]),
  ])
  func `runs a fixed time that is skipped right after the gap`(
    expression: String, start: String, expected: [String]
  ) throws {
    #expect(try CronExpression(expression).ticks(expected.count, after: start, in: berlin) == expected)
  }

  @Test(arguments: [
    // 25 October 2026: 02:00 to 03:00 comes twice in Berlin, from 00:00 and from 01:00 UTC.
    ("30 2 * * *", ["2026-10-25T00:30Z", "2026-10-26T01:30Z"]),
    ("0 1-3 * * *", ["2026-10-25T00:00Z", "2026-10-25T02:00Z", "2026-10-26T00:00Z"]),
    ("30 * * * *", ["2026-10-24T23:30Z", "2026-10-25T00:30Z", "2026-10-25T01:30Z", "2026-10-25T02:30Z"]),
    ("*/30 2 * * *", ["2026-10-25T00:00Z", "2026-10-25T00:30Z", "2026-10-25T01:00Z", "2026-10-25T01:30Z"]),
  ])
  func `runs a fixed time that comes twice once`(expression: String, expected: [String]) throws {
    #expect(
      try CronExpression(expression).ticks(expected.count, after: "2026-10-24T23:00:00Z", in: berlin) == expected)
  }

  @Test func `does not run again what ran before the clock went back`() throws {
    // Asked in the second of the two hours.
    #expect(
      try CronExpression("30 2 * * *").ticks(1, after: "2026-10-25T01:10:00Z", in: berlin) == ["2026-10-26T01:30Z"])
  }

  @Test func `leaves a wildcard that falls into every gap without a tick`() throws {
    // The second Sunday of March, 02:00 to 02:59, never shows on a clock in New York.
    #expect(try CronExpression("* 2 8-14 3 */7").ticks(1, after: "2026-01-01", in: newYork) == [])
  }
}
