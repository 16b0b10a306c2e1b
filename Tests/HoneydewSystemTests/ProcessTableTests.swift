import Glibc
import Testing

@testable import HoneydewSystem

@Suite(.timeLimit(.minutes(1)))
struct ProcessTableTests {
  /// Of this test alone.
  let marker = "/tmp/honeydew test \(getpid())-\(UInt32.random(in: 0 ... .max))"

  @Test func `children are seen, the ended ones too`() async {
    await #expect(processExitsWith: .success) {
      let living = try shell("exec sleep 100")
      let ended = try shell("exit 0")
      try wait { try Process.peekEndedChild() == ended.pid }
      #expect(Set(try ProcessTable.children()) == [living.pid, ended.pid])
      _ = try ended.reap()
      #expect(try ProcessTable.children() == [living.pid])
      living.signal(SIGKILL)
    }
  }

  @Test func `a process is known by its environment or by its arguments`() throws {
    let byEnvironment = try sleeper(environment: ["A=1", "HONEYDEW_MARK=\(marker)"])
    let byArgument = try sleeper(arguments: ["--mark", marker])
    defer { [byEnvironment, byArgument].forEach(kill) }
    #expect(Set(try ProcessTable.survivors(marker: marker).all) == [byEnvironment.pid, byArgument.pid])
  }

  @Test func `a marker that only looks alike is another instance's`() throws {
    let others = [
      try sleeper(environment: ["HONEYDEW_MARK=\(marker)/more"]),
      try sleeper(environment: ["OTHER_HONEYDEW_MARK=\(marker)"]),
      try sleeper(arguments: [marker, "--mark"]),
      try sleeper(arguments: ["--mark=\(marker)"]),
      try sleeper(arguments: ["--mark", "\(marker)2"]),
    ]
    defer { others.forEach(kill) }
    #expect(try ProcessTable.survivors(marker: marker).all == [])
    let (killed, remaining) = try ProcessTable.killSurvivors(marker: marker, patience: .seconds(5))
    #expect(killed == [] && remaining == [])
    for other in others { #expect(try other.reap() == nil) }
  }

  @Test func `the looking process is no survivor itself`() async {
    await #expect(processExitsWith: .success) { [marker = marker as String] in
      setenv(ProcessTable.instanceVariable, marker, 1)
      let survivors = try ProcessTable.survivors(marker: marker).all
      #expect(survivors == [])
    }
  }

  @Test func `survivors are killed, whatever they ignore and however many they are`() throws {
    let stubborn = try shell(
      "trap '' TERM INT HUP; while :; do sleep 100; done", environment: ["HONEYDEW_MARK=\(marker)"])
    let forking = try shell(
      "while :; do setsid sleep 100 & sleep 0.001; done",
      environment: ["PATH=/usr/bin:/bin", "HONEYDEW_MARK=\(marker)"])
    let marker = marker
    try wait { try ProcessTable.survivors(marker: marker).all.count > 6 }
    let (killed, remaining) = try ProcessTable.killSurvivors(marker: marker, patience: .seconds(10))
    #expect(Set(killed).isSuperset(of: [stubborn.pid, forking.pid]))
    #expect(remaining == [])
    #expect(try ProcessTable.survivors(marker: marker).all == [])
    for child in [stubborn, forking] {
      #expect(try end(of: child)?.status == .signalled(signal: SIGKILL, coreDumped: false))
    }
  }

  @Test func `what a survivor has started is one too, whatever of its environment it has dropped`() throws {
    let parent = try shell(
      "env -i setsid sh -c 'trap \"\" TERM; while :; do env -i sleep 100; done' & while :; do sleep 100; done",
      environment: ["PATH=/usr/bin:/bin", "HONEYDEW_MARK=\(marker)"])
    let marker = marker
    try wait { try ProcessTable.survivors(marker: marker).all.count == 4 }
    let all = try ProcessTable.survivors(marker: marker).all
    let (killed, remaining) = try ProcessTable.killSurvivors(marker: marker, patience: .seconds(10))
    #expect(Set(killed).isSuperset(of: all) && remaining == [])
    try wait { all.allSatisfy { pid in pid == parent.pid || Glibc.kill(pid, 0) == -1 } }
    #expect(try end(of: parent)?.status == .signalled(signal: SIGKILL, coreDumped: false))
  }

  @Test func `a stopped survivor is killed too`() throws {
    let stopped = try sleeper(environment: ["HONEYDEW_MARK=\(marker)"])
    stopped.signal(SIGSTOP)
    #expect(try ProcessTable.killSurvivors(marker: marker, patience: .seconds(10)).killed == [stopped.pid])
    #expect(try end(of: stopped)?.status == .signalled(signal: SIGKILL, coreDumped: false))
  }

  @Test func `without patience nothing is killed, and what lives is told`() throws {
    let sleeper = try sleeper(environment: ["HONEYDEW_MARK=\(marker)"])
    defer { kill(sleeper) }
    let (killed, remaining) = try ProcessTable.killSurvivors(marker: marker, patience: .zero)
    #expect(killed == [])
    #expect(remaining == [sleeper.pid])
    #expect(try sleeper.reap() == nil)
  }

  /// A process that waits for its end, with these arguments and this environment and no others.
  private func sleeper(arguments: [String] = [], environment: [String] = []) throws -> ChildProcess {
    let pair = try UnixSocket.pair()
    let child = try ChildProcess(
      ChildProcess.Command(
        path: "/bin/sh", arguments: ["sh", "-c", "echo; kill -STOP $$", "sh"] + arguments, environment: environment,
        output: pair.theirs.fileNumber))
    // Its line says that the new program runs: before that it would carry our own arguments.
    let ours = pair.ours.release()
    pair.theirs.close()
    let output = FileDescriptor(owning: ours)
    try output.setNonblocking(false)
    var byte: UInt8 = 0
    #expect(read(output.fileNumber, &byte, 1) == 1)
    return child
  }

  private func kill(_ child: ChildProcess) {
    child.signal(SIGKILL)
    do {
      _ = try end(of: child)
    } catch { Issue.record(error) }
  }
}
