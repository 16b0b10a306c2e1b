import HoneydewJSON
import Testing

@testable import HoneydewCore

@Suite struct ProgramSearchTests {
  @Test(
    "A program is looked for as execvp does it, in the command's PATH",
    arguments: [
      ("/bin/ls", ["PATH=/x"], ["/bin/ls"]), ("./ls", ["PATH=/x"], ["./ls"]), ("a/b", [], ["a/b"]),
      ("ls", ["PATH=/x:/y/"], ["/x/ls", "/y/ls"]), ("ls", ["PATH=:/x:"], ["ls", "/x/ls", "ls"]),
      ("ls", ["PATH="], ["ls"]), ("ls", ["APATH=/x", "path=/y"], ["/bin/ls", "/usr/bin/ls"]),
      ("ls", ["PATH=/first", "PATH=/second"], ["/first/ls"]),
    ])
  func candidates(program: String, environment: [String], candidates: [String]) {
    #expect(ProgramSearch.candidates(for: program, environment: environment) == candidates)
  }
}

@Suite struct CommandEnvironmentTests {
  @Test("Our variables take the place of those of an outer command, and of no others")
  func adding() {
    let variables = ["A=1", "MARK=outer", "MARKER=kept", "MARK=twice"]
    #expect(CommandEnvironment.adding([("MARK", "ours")], to: variables) == ["A=1", "MARKER=kept", "MARK=ours"])
  }

  @Test("A command that brought none gets a small one of its user")
  func standard() {
    let user = CommandEnvironment.User(uid: 1000, name: "ann", home: "/nest/ann", shell: "")
    let variables = CommandEnvironment.standard(of: user)
    #expect(
      variables == ["PATH=/usr/local/bin:/usr/bin:/bin", "HOME=/nest/ann", "USER=ann", "LOGNAME=ann", "SHELL=/bin/sh"])
    let root = CommandEnvironment.User(uid: 0, name: "root", home: "/r", shell: "/bin/bash")
    #expect(CommandEnvironment.standard(of: root).contains("SHELL=/bin/bash"))
    #expect(CommandEnvironment.standard(of: root)[0].hasPrefix("PATH=/usr/local/sbin:"))
  }
}

@Suite struct CommandReportTests {
  private func report(_ end: CommandReport.End?) -> CommandReport {
    CommandReport(
      end: end, wallTime: .milliseconds(1500), processorTime: .milliseconds(20), maximumResidentBytes: 4096,
      outputBytes: 3)
  }

  private func text(_ report: CommandReport) -> String { String(decoding: report.json.serialized, as: UTF8.self) }

  @Test("A report tells the end, the times, the memory and the output")
  func json() {
    let rest = #""wall_ms":1500,"cpu_ms":20,"max_resident_bytes":4096,"output_bytes":3"#
    #expect(text(report(.exited(status: 3))) == #"{"exit_status":3,\#(rest)}"#)
    #expect(
      text(report(.signalled(number: 9, name: "SIGKILL"))) == #"{"signal":9,"signal_name":"SIGKILL",\#(rest)}"#)
    var full = report(nil)
    full.droppedBytes = 2
    full.survivors = [CommandReport.Survivor(pid: 7, name: "su\u{1b}do")]
    let survivor = #"{"pid":7,"name":"su\u001bdo"}"#
    #expect(text(full) == #"{\#(rest),"output_dropped_bytes":2,"survivors":[\#(survivor)]}"#)
  }

  @Test("The end is said in words, and so is what goes on")
  func words() {
    #expect(report(.exited(status: 0)).isSuccess && !report(.exited(status: 1)).isSuccess)
    #expect(!report(nil).isSuccess)
    #expect(report(.exited(status: 3)).sentence == "exited with status 3")
    #expect(report(.signalled(number: 9, name: "SIGKILL")).sentence == "ended by signal 9 (KILL)")
    #expect(report(.signalled(number: 40, name: "signal 40")).sentence == "ended by signal 40")
    var left = report(.exited(status: 0))
    #expect(left.warning == "")
    left.survivors = (1...7).map { CommandReport.Survivor(pid: $0, name: "su\u{1b}do") }
    #expect(left.warning.contains("su\u{FFFD}do (pid 1), ") && left.warning.hasSuffix(" and 2 more"))
  }
}
