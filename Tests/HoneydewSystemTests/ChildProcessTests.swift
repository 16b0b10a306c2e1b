import Glibc
import Testing

@testable import HoneydewSystem

@Suite(.timeLimit(.minutes(1)))
struct ChildProcessTests {
  @Test(arguments: [
    ("exit 0", HoneydewSystem.ExitStatus.exited(code: 0)),
    ("exit 7", .exited(code: 7)),
    ("kill -9 $$", .signalled(signal: SIGKILL, coreDumped: false)),
    ("kill -TERM $$", .signalled(signal: SIGTERM, coreDumped: false)),
  ])
  func `the end of a real child is told as it was`(script: String, expected: HoneydewSystem.ExitStatus) throws {
    #expect(try end(of: shell(script))?.status == expected)
  }

  @Test(arguments: [
    (HoneydewSystem.ExitStatus.exited(code: 3), "exited with status 3"),
    (.signalled(signal: SIGKILL, coreDumped: false), "killed by SIGKILL"),
    (.signalled(signal: SIGSEGV, coreDumped: true), "killed by SIGSEGV (core dumped)"),
    (.signalled(signal: 40, coreDumped: false), "killed by signal 40"),
  ])
  func `an exit status reads well`(status: HoneydewSystem.ExitStatus, text: String) {
    #expect(status.description == text)
  }

  @Test func `a running child is not reaped, and a reaped one answers the same again`() throws {
    let child = try shell("exec sleep 100")
    #expect(try child.reap() == nil)
    child.signal(SIGKILL)
    let first = try end(of: child)
    #expect(first != nil)
    #expect(try child.reap() == first)
    child.signal(SIGKILL)
    child.signalGroup(SIGKILL)
  }

  @Test func `a stopped child is not taken for an ended one`() throws {
    let child = try shell("exec sleep 100")
    child.signal(SIGSTOP)
    let deadline = Clock.monotonic() + .seconds(10)
    while try processState(child.pid) != "T", Clock.monotonic() < deadline { usleep(1000) }
    #expect(try processState(child.pid) == "T")
    #expect(try child.reap() == nil)
    child.signal(SIGKILL)
    #expect(try end(of: child)?.status == .signalled(signal: SIGKILL, coreDumped: false))
  }

  @Test func `a child holds no descriptor but the four that it was given`() throws {
    let extra = try Ends()
    #expect(fcntl(extra.ours.fileNumber, F_SETFD, 0) == 0)
    let channel = try UnixSocket.pair()
    let pair = try UnixSocket.pair()
    let child = try shell(
      "fd=0; while [ $fd -lt 256 ]; do [ -e /proc/self/fd/$fd ] && echo $fd; fd=$((fd+1)); done; readlink /proc/self/fd/0",
      channel: channel.theirs.fileNumber, output: pair.theirs.fileNumber)
    let ours = pair.ours.release()
    pair.theirs.close()
    #expect(try readAll(FileDescriptor(owning: ours)) == "0\n1\n2\n3\n/dev/null\n")
    #expect(try end(of: child)?.status == .exited(code: 0))
  }

  @Test(arguments: [true, false])
  func `a child may lead a session of its own, and works where it is told to`(startsSession: Bool) throws {
    let pair = try UnixSocket.pair()
    var command = ChildProcess.Command(
      path: "/bin/sh", arguments: ["sh", "-c", "pwd; cut -d ' ' -f 1,5,6,7 /proc/$$/stat"],
      environment: ["PATH=/usr/bin:/bin"], output: pair.theirs.fileNumber)
    command.directory = "/proc"
    command.startsSession = startsSession
    let child = try ChildProcess(command)
    let ours = pair.ours.release()
    pair.theirs.close()
    let lines = try readAll(FileDescriptor(owning: ours)).split(separator: "\n").map(String.init)
    #expect(lines.first == "/proc")
    // proc(5): pid, group, session, terminal; the name of sh has no blank.
    let fields = lines[1].split(separator: " ").map(String.init)
    #expect(fields[0] == "\(child.pid)" && fields[1] == "\(child.pid)")
    #expect((fields[2] == fields[0]) == startsSession)
    if startsSession { #expect(fields[3] == "0") }
    #expect(try end(of: child)?.status == .exited(code: 0))
    command.directory = "/nowhere"
    #expect(throws: Errno.self) { try ChildProcess(command) }
  }

  @Test func `descriptors that stand in each other's way reach their places`() throws {
    let script = "import os, sys; [os.write(fd, str(fd).encode()) for fd in (1, 2, 3)]"
    let ends = [try Ends(), try Ends(), try Ends()]
    // The sources become 3, 1 and 2 of a process of its own.
    let status = try #require(
      try end(of: shell("exec python3 -c '\(script)' >/dev/null 3>&1", environment: ["PATH=/usr/bin:/bin"])))
    #expect(status.status == .exited(code: 0))
    let child = try ChildProcess(
      ChildProcess.Command(
        path: "/usr/bin/python3", arguments: ["python3", "-c", script], environment: [],
        channel: ends[2].theirs.fileNumber, output: ends[0].theirs.fileNumber, error: ends[1].theirs.fileNumber))
    #expect(try end(of: child)?.status == .exited(code: 0))
    for (index, pair) in ends.enumerated() {
      var byte: UInt8 = 0
      #expect(read(pair.ours.fileNumber, &byte, 1) == 1)
      #expect(byte == UInt8(ascii: "1") + UInt8(index))
    }
  }

  @Test func `a child's environment is exactly what was given`() throws {
    let result = try output(of: "exec /usr/bin/env", environment: ["A=1", "B=two words"])
    #expect(result.text.split(separator: "\n").filter { !$0.hasPrefix("PWD=") }.sorted() == ["A=1", "B=two words"])
  }

  @Test func `signals that are blocked or ignored here are neither in the child`() throws {
    let old = signal(SIGPIPE, SIG_IGN)
    defer { signal(SIGPIPE, old) }
    var set = sigset_t()
    sigemptyset(&set)
    sigaddset(&set, SIGUSR1)
    pthread_sigmask(SIG_BLOCK, &set, nil)
    defer { pthread_sigmask(SIG_UNBLOCK, &set, nil) }
    let text = try output(of: "grep -E 'Sig(Blk|Ign)' /proc/self/status", environment: ["PATH=/usr/bin:/bin"]).text
    #expect(text == "SigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\n")
  }

  @Test func `a child leads its own process group, and the group dies with it`() throws {
    let pair = try UnixSocket.pair()
    let child = try shell(
      "sleep 100 & echo $!; kill -9 $$", environment: ["PATH=/usr/bin:/bin"],
      output: pair.theirs.fileNumber)
    #expect(getpgid(child.pid) == child.pid)
    let ours = pair.ours.release()
    pair.theirs.close()
    #expect(try end(of: child)?.status == .signalled(signal: SIGKILL, coreDumped: false))
    // The grandchild held the other end: end of file proves that it is dead.
    #expect(Int32(try readAll(FileDescriptor(owning: ours)).dropLast()) != nil)
  }

  @Test func `a child's memory and processor time are reported`() throws {
    let termination = try #require(try end(of: shell("i=0; while [ $i -lt 50000 ]; do i=$((i+1)); done")))
    #expect(termination.usage.maximumResidentBytes > 256 * 1024)
    #expect(termination.usage.cpuTime > .milliseconds(1))
  }

  @Test(arguments: [("/nonexistent/program", ENOENT), ("/etc/passwd", EACCES), ("/etc", EACCES)])
  func `an executable that cannot be run is refused with its path`(path: String, number: Int32) {
    let error = #expect(throws: Errno.self) {
      _ = try ChildProcess(ChildProcess.Command(path: path, arguments: ["x"], environment: []))
    }
    #expect(error?.number == number)
    #expect(error?.description.contains(path) == true)
  }

  @Test func `an argument with a NUL byte is refused and not cut short`() {
    #expect(throws: Errno(EINVAL, call: "posix_spawn", detail: "an argument holds a NUL byte")) {
      _ = try shell("exit 0 \u{0} && exit 1")
    }
  }

  private func processState(_ pid: Int32) throws -> Character? {
    let stat = try readAll(FileDescriptor(owning: open("/proc/\(pid)/stat", O_RDONLY)))
    return stat.drop { $0 != ")" }.dropFirst(2).first
  }
}
