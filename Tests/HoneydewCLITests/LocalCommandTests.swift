import HoneydewCore
import HoneydewJSON
import HoneydewMessages
import HoneydewProtobuf
import HoneydewText
import Testing

@testable import HoneydewCLI

@Suite("Local commands on the command line") struct LocalCommandTests {
  private func arguments(_ words: [String]) throws -> ParsedArguments {
    guard case .run(_, let arguments) = try Parser(table: .honeydew).parse(words) else {
      Issue.record("\(words) runs nothing")
      return ParsedArguments()
    }
    return arguments
  }

  @Test("gives all behind a program's name to the program")
  func ownWords() throws {
    let run = try arguments(["--json", "run", "-q", "make", "-j4", "--help", "--", ""])
    #expect(run.positionals == ["make", "-j4", "--help", "--", ""])
    #expect(run.isSet(.json) && run.isSet(.quietRun))
    #expect(try arguments(["run", "--", "--version", "-h"]).positionals == ["--version", "-h"])
    #expect(try arguments(["add", "--env", "A=b", "--env", "C", "x"]).texts(.programVariable) == ["A=b", "C"])
    // A schedule's own options stand before the --.
    let add = try arguments(["schedule", "add", "n", "@daily", "--paused", "--", "backup", "--paused", ""])
    #expect(add.positionals == ["n", "@daily", "backup", "--paused", ""] && add.argumentsBeforeDashes == 2)
  }

  @Test("completes nothing of a program's words but files")
  func completion() {
    let completion = Completion(table: .honeydew)
    #expect(completion.answer(["run", "make", "--js"]) == .files)
    #expect(completion.answer(["run", ""]) == .files)
    #expect(completion.answer(["run", "--pool", ""]) == .names(.pools, before: "", given: []))
    #expect(completion.answer(["stop", "a", ""]) == .names(.localJobs, before: "", given: ["a"]))
    guard case .words(let options) = completion.answer(["run", "--q"]) else {
      Issue.record("no options")
      return
    }
    #expect(options.map(\.word) == ["--quiet"])
  }

  @Test("keeps the last lines with all their pieces")
  func lastLines() {
    func record(_ text: String, _ isWhole: Bool = true) -> OutputRecord {
      OutputRecord(time: "", stream: .stdout, isWhole: isWhole, text: Array(text.utf8))
    }
    let records = [record("a"), record("b1", false), record("b2"), record("c1", false), record("c2", false)]
    #expect(OutputTail.last(0, of: records).isEmpty)
    #expect(OutputTail.last(1, of: records) == Array(records[3...]))
    #expect(OutputTail.last(2, of: records) == Array(records[1...]))
    #expect(OutputTail.last(9, of: records) == records)
    #expect(OutputTail.last(1, of: Array(records[..<3])) == Array(records[1..<3]))
  }

  @Test("makes an environment of the caller's and what options say")
  func variables() throws {
    let caller = [
      (name: "A", value: "1"), (name: "_", value: "x"), (name: "HONEYDEW_MARK", value: "y"), (name: "B", value: "2"),
    ]
    let all = try LocalVariables(caller: caller, inherits: true, settings: ["B=3=4", "C="])
    #expect(all.members == [.init("A", "1"), .init("B", "3=4"), .init("C", "")])
    let some = try LocalVariables(caller: caller, inherits: false, settings: ["A"])
    #expect(some.members == [.init("A", "1")])
    #expect(throws: Failure.self) { try LocalVariables(caller: caller, inherits: true, settings: ["D"]) }
  }

  @Test(
    "reads sizes",
    arguments: [("512", 512), ("512M", 512), ("1g", 1024), ("2GiB", 2048), ("1T", 1 << 20), ("3mb", 3)]
      as [(String, Int64)])
  func sizes(text: String, megabytes: Int64) throws {
    #expect(try LocalPayload.megabytes(text) == megabytes)
  }

  @Test(
    "refuses what is no size",
    arguments: ["", "M", "0", "-1", "1K", "1.5G", "9999999999999999999", "9223372036854775807T"])
  func noSizes(text: String) {
    #expect(throws: Failure.self) { try LocalPayload.megabytes(text) }
  }

  @Test("reads signals by name and number")
  func signals() {
    #expect(["TERM", "SIGTERM", "term", "sigterm", "15"].allSatisfy { SignalText.number($0) == 15 })
    #expect(["", "0", "65", "SIG", "FOO", "-1"].allSatisfy { SignalText.number($0) == nil })
    #expect(SignalText.names.contains("HUP") && SignalText.names.count == 31)
  }

  @Test("tells the history of a command")
  func history() {
    func attempt(_ outcome: String, _ milliseconds: Int) -> Honeydew_Attempt {
      .with { ($0.outcome, $0.report) = (outcome, #"{"exit_status":0,"wall_ms":\#(milliseconds)}"#) }
    }
    let two = LocalHistory([attempt("completed", 1000), attempt("failed", 9000), attempt("completed", 3000)])
    #expect((two.runs, two.completed, two.failed) == (3, 2, 1))
    #expect(two.mean == .seconds(2) && two.usualDuration == nil)
    #expect(two.successRate.map { ($0 * 100).rounded() } == 67)
    let three = LocalHistory([2, 4, 6].map { attempt("completed", $0 * 1000) } + [attempt("running", 0)])
    #expect(three.usualDuration == .seconds(4) && three.successRate == 1)
    #expect(LocalHistory([attempt("cancelled", 5)]).successRate == nil)
  }

  @Test("says what part of the usual time a running command has had")
  func progress() {
    var job = Honeydew_JobStatus.with { ($0.status, $0.startedAt) = ("running", "2026-01-02T03:04:05.000Z") }
    let now = Timestamp("2026-01-02T03:04:35.000Z")!
    #expect(LocalText.time(of: job, usual: nil, now: now).text == "30.0 s")
    #expect(LocalText.time(of: job, usual: .seconds(60), now: now).text == "30.0 s, 50 % of 1 min 0 s")
    (job.status, job.completedAt) = ("completed", "2026-01-02T03:04:06.500Z")
    #expect(LocalText.time(of: job, usual: .seconds(60), now: now).text == "1.50 s")
    (job.status, job.startedAt, job.completedAt) = ("pending", "", "")
    #expect(LocalText.time(of: job, usual: nil, now: now).text.isEmpty)
  }

  @Test("reads what an attempt reports, and its status as a shell has it")
  func reports() {
    let killed = LocalReport(#"{"signal":9,"signal_name":"SIGKILL","survivors":[{"pid":7,"name":"sudo"}]}"#)
    #expect(killed.exit == "SIGKILL" && killed.shellStatus == 137 && killed.survivors == ["sudo (pid 7)"])
    #expect(LocalReport(#"{"exit_status":3}"#).shellStatus == 3)
    #expect(LocalReport("").exit == "" && LocalReport("{}").shellStatus == nil)
  }

  @Test("finds what holds local commands back")
  func obstacles() {
    #expect(CommandObstacles(status: "Name:\thoneydewd\nNoNewPrivs:\t0\nSeccomp:\t0\n").texts.isEmpty)
    #expect(CommandObstacles(status: "NoNewPrivs:\t1\nSeccomp:\t2\n").texts.count == 2)
  }

  @Test("reads the places of workers")
  func workers() throws {
    #expect(WorkerText.place("3") == ("", 3))
    #expect(WorkerText.place("exec/12") == ("exec", 12))
    #expect(WorkerText.name(3, "api") == "3" && WorkerText.name(3, "exec") == "exec/3")
    #expect(try arguments(["worker", "stop", "exec/1"]).positionals == ["exec/1"])
    for wrong in ["/1", "exec/", "exec/0", "exec", "exec/x"] {
      #expect(throws: Failure.self) { try Parser(table: .honeydew).parse(["worker", "stop", wrong]) }
    }
  }

  @Test("looks for programs as a shell does")
  func programs() {
    #expect(ProgramFile.find("sh", environment: ["A=b", "PATH=/no/such:/bin"], in: "/") == .found("/bin/sh"))
    #expect(ProgramFile.find("sh", environment: [], in: "/") == .found("/bin/sh"))
    #expect(ProgramFile.find("sh", environment: ["PATH="], in: "/bin") == .found("/bin/sh"))
    #expect(ProgramFile.find("./sh", environment: [], in: "/bin") == .found("/bin/./sh"))
    #expect(ProgramFile.find("passwd", environment: ["PATH=/etc:/no"], in: "/") == .notExecutable("/etc/passwd", 13))
    #expect(ProgramFile.find("/etc/passwd/x", environment: [], in: "/") == .notFound)
  }
}
