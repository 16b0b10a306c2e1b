import HoneydewCore
import HoneydewMessages
import HoneydewProtobuf
import Testing

@testable import HoneydewCLI

@Suite("A filter of jobs") struct JobSelectionTests {
  private func filter(_ line: String) throws -> JobSelection {
    guard case .run(_, let arguments) = try Parser(table: .honeydew).parse(line.split(separator: " ").map(String.init))
    else {
      throw Failure.usage("no command")
    }
    return try JobSelection(arguments, now: try #require(Timestamp("2026-01-31T12:00:00Z")))
  }

  @Test("says what was typed")
  func words() throws {
    let filter = try filter(
      "job remove --older-than 36h --status failed --command c --env e --label a=b=c --created-from 2026-01-01 "
        + "--created-before 2026-01-31T12:00:00+02:00 --yes")
    #expect(
      filter.message
        == .with {
          $0.status = "failed"
          $0.command = "c"
          $0.environment = "e"
          $0.label = "a=b=c"
          $0.createdFrom = "2026-01-01T00:00:00.000Z"
          $0.createdBefore = "2026-01-31T10:00:00.000Z"
          $0.endedBefore = "2026-01-30T00:00:00.000Z"
        })
    #expect(
      filter.text == "--status failed --command c --env e --label a=b=c --created-from 2026-01-01 "
        + "--created-before 2026-01-31T12:00:00+02:00 --older-than 36h")
  }

  @Test("is empty where nothing was typed")
  func empty() throws {
    let filter = try filter("job retry")
    #expect(filter.text.isEmpty && filter.message == Honeydew_JobFilter())
  }
}

@Suite("The settings of a job") struct JobSettingsTests {
  private func options(_ line: String) throws -> Honeydew_SubmitJobRequest {
    let words = "orgs \(line)".split(separator: " ").map(String.init)
    guard case .run(_, let arguments) = try Parser(table: .honeydew).parse(words) else { throw Failure.usage(line) }
    var request = Honeydew_SubmitJobRequest()
    try JobSettings(arguments).apply(to: &request)
    return request
  }

  @Test("come from the options")
  func words() throws {
    let options = try options("--priority -2 --delay 1m --key k --label a=b --label c=d=e --env e --max-retries 0")
    #expect(
      options
        == .with {
          $0.priority = -2
          $0.delayMs = 60_000
          $0.idempotencyKey = "k"
          $0.labels = ["a": "b", "c": "d=e"]
          $0.environment = "e"
          $0.maxRetries = 0
        })
    #expect(try self.options("--at 2026-01-31T12:00:00+02:00").runAt == "2026-01-31T10:00:00.000Z")
    #expect(try self.options("") == Honeydew_SubmitJobRequest())
  }

  @Test(
    "that contradict each other are refused",
    arguments: [
      ("--delay 1m --at 2026-01-31", "--delay and --at both say when the job may run; give one of them"),
      ("--label a=b --label a=c", "the label \"a\" is given twice; give it once"),
    ])
  func contradictions(line: String, text: String) {
    #expect(throws: Failure.usage(text)) { try options(line) }
  }
}
