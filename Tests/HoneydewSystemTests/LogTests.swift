import Glibc
import Testing

@testable import HoneydewSystem

@Suite(.timeLimit(.minutes(1)))
struct LogTests {
  let directory = TemporaryDirectory()
  var path: String { directory.file("log") }

  @Test func `a line is one JSON object with its fields in order`() throws {
    let log = Log(try .file(path)) { .seconds(1_772_366_400) + .milliseconds(7) }
    var fields: LogFields = ["z": "text", "a": 3, "b": true]
    fields.append("c", .milliseconds(.microseconds(1_999)))
    log.info("job started", fields)
    log.flush()
    #expect(
      try content() == #"{"timestamp":"2026-03-01T12:00:00.007Z","level":"info","message":"job started","#
        + #""z":"text","a":3,"b":true,"c":1}"# + "\n")
  }

  @Test(arguments: [
    (#"say "hi" \ "#, #"say \"hi\" \\ "#),
    ("a\nb\rc\td", #"a\nb\rc\td"#),
    ("\u{0}\u{1B}[31m\u{1F}\u{7F}", #"\u0000\u001b[31m\u001f\u007f"#),
    ("ä☺😈", "ä☺😈"),
    ("\u{9B}2J\u{202E}\u{2028}\u{200B}\u{61C}\u{E0041}", #"\u009b2J\u202e\u2028\u200b\u061c\udb40\udc41"#),
  ])
  func `text is escaped, in names and values, so that a line stays a line`(text: String, escaped: String) throws {
    let log = Log(try .file(path)) { .zero }
    log.warn(text, [text: .string(text)])
    log.flush()
    #expect(
      try content() == #"{"timestamp":"1970-01-01T00:00:00.000Z","level":"warn","message":""#
        + "\(escaped)\",\"\(escaped)\":\"\(escaped)\"}\n")
  }

  @Test func `bytes that are no text, and numbers that are too large, are still logged`() throws {
    #expect(LogValue.bytes([0x61, 0xFF, 0x62]) == "a\u{FFFD}b")
    #expect(LogValue.int(UInt64.max) == .integer(.max))
    #expect(LogValue.milliseconds(.seconds(Int64.max)) == .integer(.max))
    #expect(LogValue.milliseconds(.seconds(Int64.min)) == .integer(.min))
    #expect(LogValue.milliseconds(.seconds(Int64.max / 1000) + .milliseconds(999)) == .integer(.max))
  }

  @Test func `each line has its own time`() throws {
    let times: [Duration] = [
      .milliseconds(999), .seconds(1), .milliseconds(1001), .zero, .seconds(951_782_399), .seconds(951_782_400),
    ]
    var rest = times[...]
    let log = Log(try .file(path)) { rest.removeFirst() }
    for _ in times { log.info("") }
    log.flush()
    #expect(
      try content().split(separator: "\n").map { $0.dropFirst(14).prefix(24) } == [
        "1970-01-01T00:00:00.999Z", "1970-01-01T00:00:01.000Z", "1970-01-01T00:00:01.001Z", "1970-01-01T00:00:00.000Z",
        "2000-02-28T23:59:59.000Z", "2000-02-29T00:00:00.000Z",
      ])
  }

  @Test(arguments: Log.Level.allCases)
  func `lines below the level are not even made`(level: Log.Level) throws {
    let log = Log(try .file(path), level: level)
    var made: [String] = []
    func message(_ name: String) -> String {
      made.append(name)
      return name
    }
    log.debug(message("debug"))
    log.info(message("info"))
    log.warn(message("warn"))
    log.error(message("error"))
    log.flush()
    let expected = Log.Level.allCases.filter { $0 >= level }.map(\.name)
    #expect(made == expected)
    #expect(try content().split(separator: "\n").count == expected.count)
    #expect(Log.Level(name: level.name) == level)
  }

  @Test func `lines wait for the flush, and many do not`() throws {
    let log = Log(try .file(path))
    log.info("first")
    #expect(try content() == "")
    for _ in 0..<1000 { log.info("a line of about one hundred bytes, together with the time and the level of it") }
    #expect(try content().hasPrefix(#"{"timestamp":"#))
  }

  @Test func `a log that goes away writes what waits`() throws {
    var log: Log? = Log(try .file(path))
    log?.info("last message")
    log = nil
    #expect(try content().hasSuffix("\"message\":\"last message\"}\n"))
  }

  private func content() throws -> String {
    String(decoding: try Files.read(path, limit: 1 << 20), as: UTF8.self)
  }
}
