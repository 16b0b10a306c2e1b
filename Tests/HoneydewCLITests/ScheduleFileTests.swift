import HoneydewMessages
import HoneydewProtobuf
import Testing

@testable import HoneydewCLI

@Suite struct `A file of schedules` {
  private func schedules(_ text: String) throws(Failure) -> [Honeydew_ScheduleJobRequest] {
    try ScheduleFile(Array(text.utf8), name: "f.yaml").schedules
  }

  @Test func `is a YAML list of what can be asked of a schedule`() throws {
    let text = """
      # By our configuration tool.
      - name: nightly
        cron_expr: "TZ=Europe/Berlin 0 2 * * *"
        command: github.repositories
        payload: {organization: acme, pages: [1, 2.50], old: false, next: ~, version: "1.0", tag: 007}
        priority: -3
        max_retries: 0
        timeout_ms: 90000
        environment: staging
        labels: {team: web, year: 2026}
        overlap: queue
        missed: all
        catchup_window_ms: 0
        paused: true
      - {name: b, cron_expr: '@daily', command: x.y}
      """
    #expect(
      try schedules(text) == [
        .with {
          $0.name = "nightly"
          $0.cronExpr = "TZ=Europe/Berlin 0 2 * * *"
          $0.command = "github.repositories"
          $0.payload =
            #"{"organization":"acme","pages":[1,2.50],"old":false,"next":null,"version":"1.0","tag":"007"}"#
          $0.priority = -3
          $0.maxRetries = 0
          $0.timeoutMs = 90_000
          $0.environment = "staging"
          $0.labels = ["team": "web", "year": "2026"]
          $0.overlap = "queue"
          $0.missed = "all"
          $0.catchupWindowMs = 0
          $0.paused = true
        },
        .with {
          $0.name = "b"
          $0.cronExpr = "@daily"
          $0.command = "x.y"
        },
      ])
  }

  @Test func `may be JSON as schedule show prints it`() throws {
    let text = """
      [{"schedule_id": "abc", "name": "a", "cron_expr": "@daily", "command": "x.y", "payload": "{\\"k\\": \\"\\u00e9\\"}",
        "enabled": false, "created_at": "2026-01-31T12:00:00.000Z", "environment": "", "labels": {}, "priority": 4,
        "next_run_at": "", "skipped_missed": 3, "jobs": [], "submitted_by": 0, "problem": "", "set": "", "last_skip": ""}]
      """
    #expect(
      try schedules(text) == [
        .with {
          $0.name = "a"
          $0.cronExpr = "@daily"
          $0.command = "x.y"
          $0.payload = #"{"k": "é"}"#
          $0.priority = 4
          $0.paused = true
        }
      ])
  }

  @Test func `may be empty, but not by mistake`() throws {
    #expect(try schedules("[]").isEmpty)
    for text in ["", "# nothing", "~"] {
      #expect(throws: Failure.self) { try schedules(text) }
    }
  }

  private static let right = "- name: a\n  cron_expr: '@daily'\n  command: x.y\n"

  @Test(arguments: [
    ("schedules:\n  a: b", "f.yaml:1: the schedules are a list, each of them begins with: - name: NAME"),
    ("- name: a\n  cron_expr: @daily", "f.yaml:2: this is not valid YAML"),
    ("- cron_expr: * * * * *", "a cron expression stands in quotes"),
    (right + "  cron: x", "f.yaml:4: a schedule has no field \"cron\"; there are name, cron_expr,"),
    (right + "  name: b", "f.yaml:4: name stands here twice"),
    (right + right, "f.yaml:4: the name a stands in line 1 too"),
    ("- name: a b\n  cron_expr: '@daily'\n  command: x", "f.yaml:1: a name has 1 to 64 letters"),
    ("- name: a\n  cron_expr: 61 * * * *\n  command: x", "f.yaml:2: cron_expr: minute (column 1): 61 is not 0 to 59"),
    ("- name: a\n  command: x", "f.yaml:1: cron_expr is missing"),
    (right + "  priority: high", "f.yaml:4: priority must be a whole number"),
    (right + "  priority: '3'", "f.yaml:4: priority must be a whole number"),
    (right + "  paused: yes", "f.yaml:4: paused must be true or false"),
    (right + "  overlap: wait", "f.yaml:4: overlap is \"wait\"; it is one of skip, queue, allow, cancel"),
    (right + "  labels: [a]", "f.yaml:4: labels are names"), (right + "  payload: [a]", "f.yaml:4: payload must be"),
    (right + "  payload: {a: 1, a: 2}", "f.yaml:4: payload must be"), ("- just", "f.yaml:1: a schedule begins with"),
    (
      "- name: a\n  cron_expr: '@daily'\n  command: account.createUser\n  payload: {input: {password: '***'}}",
      "f.yaml:1: input.password is ***"
    ),
  ]) func `is refused with the line of what is wrong`(text: String, message: String) {
    let failure = #expect(throws: Failure.self) { try schedules(text) }
    #expect(failure?.status == .usage)
    #expect(failure?.text.contains(message) == true, "\(failure?.text ?? "")")
    #expect(failure?.more.last == "nothing was changed")
  }

  @Test func `tells all that is wrong at once, and the daemon's word by the line`() throws {
    let failure = #expect(throws: Failure.self) { try schedules("- name: a\n  x: 1\n- name: b\n  paused: 2") }
    #expect(failure?.text.hasPrefix("f.yaml:2: a schedule has no field \"x\"; there are name, ") == true)
    #expect(
      failure?.more == [
        "f.yaml:1: cron_expr is missing", "f.yaml:1: command is missing", "f.yaml:4: paused must be true or false",
        "f.yaml:3: cron_expr is missing", "f.yaml:3: command is missing", "nothing was changed",
      ])
    let file = try ScheduleFile(Array(("\n" + Self.right).utf8), name: "f.yaml")
    #expect(file.about("schedules[0]: there is no command") == "f.yaml:2: a: there is no command")
    #expect(file.about("schedules[7]: no") == "schedules[7]: no")
  }
}
