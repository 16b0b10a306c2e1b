import HoneydewMessages
import HoneydewProtobuf
import Testing

@testable import HoneydewCLI

@Suite("A line of jobs") struct JobLineTests {
  private func job(
    _ line: String, defaults: Honeydew_SubmitJobRequest = Honeydew_SubmitJobRequest()
  ) throws(JobLine.Flaw) -> Honeydew_SubmitJobRequest? {
    try JobLine(defaults: defaults).job(Array(line.utf8))
  }

  @Test("is an object with the field names of the service")
  func allFields() throws {
    let line = """
      {"command":"a.b","payload":{"x":1.0, "y":["é"]},"priority":-5,"max_retries":0,"timeout_ms":90000,\
      "run_at":"2026-01-31T12:00:00Z","idempotency_key":"k","environment":"e","labels":{"t":"w","u":""}}\r
      """
    #expect(
      try job(line)
        == .with {
          $0.command = "a.b"
          $0.payload = #"{"x":1.0,"y":["é"]}"#
          $0.priority = -5
          $0.maxRetries = 0
          $0.timeoutMs = 90_000
          $0.runAt = "2026-01-31T12:00:00Z"
          $0.idempotencyKey = "k"
          $0.environment = "e"
          $0.labels = ["t": "w", "u": ""]
        })
    #expect(try job(#"{"command":"a","delay_ms":0}"#)?.hasDelayMs == true)
  }

  @Test("keeps a payload that is a text, byte for byte")
  func textPayload() throws {
    #expect(try job(#"{"command":"a","payload":"{ \"x\" : 1 }"}"#)?.payload == #"{ "x" : 1 }"#)
  }

  @Test("is no job when it is empty", arguments: ["", " ", "\t\r"])
  func emptyLine(line: String) throws {
    #expect(try job(line) == nil)
  }

  @Test("has what the options say, unless it says something else")
  func defaults() throws {
    let defaults = Honeydew_SubmitJobRequest.with {
      $0.priority = 3
      $0.environment = "e"
      $0.delayMs = 5
      $0.labels = ["a": "1", "b": "2"]
    }
    let plain = try #require(try job(#"{"command":"c"}"#, defaults: defaults))
    #expect(
      plain.priority == 3 && plain.environment == "e" && plain.delayMs == 5 && plain.labels == ["a": "1", "b": "2"])
    let line = #"{"command":"c","priority":0,"run_at":"2026-01-31","labels":{"b":"3"}}"#
    let other = try #require(try job(line, defaults: defaults))
    #expect(other.priority == 0 && !other.hasDelayMs && other.labels == ["a": "1", "b": "3"])
    let later = Honeydew_SubmitJobRequest.with { $0.runAt = "2026-01-31" }
    #expect(try job(#"{"command":"c","delay_ms":7}"#, defaults: later)?.runAt == "")
  }

  @Test(
    "that is wrong is told why",
    arguments: [
      ("{", "column 2: the text ends too early"),
      (#"{"command":"a"} x"#, "column 17: there is more text after the value"),
      ("[]", #"a job is an object such as {"command": "github.repositories"}"#),
      ("{}", "command is missing"),
      (#"{"comand":"a"}"#, #"a job has no field "comand"; did you mean command?"#),
      (#"{"command":5}"#, "command must be a text"),
      (#"{"command":"a","payload":[1]}"#, "payload must be an object, or a text that holds one"),
      (#"{"command":"a","priority":1.5}"#, "priority must be a whole number from -2147483648 to 2147483647"),
      (
        #"{"command":"a","max_retries":2147483648}"#,
        "max_retries must be a whole number from -2147483648 to 2147483647"
      ),
      (
        #"{"command":"a","timeout_ms":"5"}"#,
        "timeout_ms must be a whole number from -9223372036854775808 to 9223372036854775807"
      ),
      (#"{"command":"a","labels":["a"]}"#, #"labels must be an object of texts such as {"team": "web"}"#),
      (#"{"command":"a","labels":{"b":1}}"#, #"labels must be an object of texts such as {"team": "web"}"#),
      (
        #"{"command":"a","run_at":"2026-01-31","delay_ms":1}"#,
        "run_at and delay_ms both say when the job may run; give one of them"
      ),
    ])
  func flaws(line: String, text: String) {
    #expect(throws: JobLine.Flaw(text: text)) { try job(line) }
  }
}

@Suite("A chunk of jobs") struct JobChunkTests {
  private func job(payloadBytes: Int = 2) -> Honeydew_SubmitJobRequest {
    .with {
      $0.command = "a"
      $0.payload = String(repeating: "x", count: payloadBytes)
    }
  }

  @Test("ends after 1,000 jobs")
  func count() {
    var chunk = JobChunk()
    let added = (1...1001).map { chunk.add(job(), line: $0) }
    #expect(added == [Bool](repeating: true, count: 1000) + [false])
    #expect(chunk.jobs.count == 1000 && chunk.lines.last == 1000)
  }

  @Test("stays within 2 MiB on the wire, but takes one job of any size")
  func size() throws {
    var chunk = JobChunk()
    var line = 0
    repeat { line += 1 } while chunk.add(job(payloadBytes: 100_000), line: line)
    #expect(chunk.jobs.count == 20)
    let request = Honeydew_SubmitJobsRequest.with { $0.jobs = chunk.jobs }
    #expect(try request.serializedBytes().count <= 2 << 20)
    var large = JobChunk()
    let added = [large.add(job(payloadBytes: 3 << 20), line: 1), large.add(job(), line: 2)]
    #expect(added == [true, false])
  }

  @Test(
    "names lines where the daemon names indexes",
    arguments: [
      ("jobs[1].priority is wrong", "line 12: priority is wrong"),
      ("jobs[0]: the command is not known", "line 10: the command is not known"),
      ("the payload of jobs[1] is too long", "the payload of line 12 is too long"),
      ("jobs[2] is none of ours", "jobs[2] is none of ours"), ("jobs[x", "jobs[x"), ("no index", "no index"),
    ])
  func lines(text: String, said: String) {
    var chunk = JobChunk()
    for line in [10, 12] { _ = chunk.add(job(), line: line) }
    #expect(chunk.aboutLines(text) == said)
  }
}

@Suite("The progress bar") struct ProgressBarTests {
  @Test("shows the share that is done, in the room that there is")
  func line() {
    let half = String(repeating: "━", count: 15) + String(repeating: "┄", count: 15)
    #expect(ProgressBar.line("5 jobs", share: 0.5, width: 80) == half + "  50% 5 jobs")
    #expect(ProgressBar.line("5 jobs", share: 1, width: 80).contains("━ 100% 5"))
    #expect(ProgressBar.line("5 jobs", share: 7, width: 80).contains(" 100% "))
    #expect(ProgressBar.line("5 jobs", share: 0.5, width: 20) == " 50% 5 jobs")
    #expect(ProgressBar.line("submitted 5 jobs", share: nil, width: 80) == "submitted 5 jobs")
    #expect(ProgressBar.line("submitted 5 jobs", share: nil, width: 10) == "submitte…")
  }
}
