import Glibc
import Testing

@testable import HoneydewSystem

/// Each in a process of its own: they look at any child, and those of other tests are none of their business.
@Suite(.timeLimit(.minutes(1)))
struct AdoptedChildTests {
  @Test func `a child that has ended is seen as often as one looks, until it is reaped`() async {
    await #expect(processExitsWith: .success) {
      #expect(try Process.peekEndedChild() == nil)
      let child = try shell("exit 3")
      try wait { try Process.peekEndedChild() != nil }
      #expect(try Process.peekEndedChild() == child.pid)
      #expect(try child.reap()?.status == .exited(code: 3))
      #expect(try Process.peekEndedChild() == nil)
      #expect(try Process.reap(child.pid) == nil)
    }
  }

  @Test func `a living child and another's process are not reaped`() async {
    await #expect(processExitsWith: .success) {
      let child = try shell("exec sleep 100")
      #expect(try Process.peekEndedChild() == nil)
      #expect(try Process.reap(child.pid) == nil)
      #expect(try Process.reap(getppid()) == nil)
      child.signal(SIGKILL)
      try wait { try Process.peekEndedChild() != nil }
      #expect(try Process.reap(child.pid)?.status == .signalled(signal: SIGKILL, coreDumped: false))
    }
  }

  @Test func `a subreaper becomes the parent of what its children leave`() async {
    await #expect(processExitsWith: .success) {
      try Process.becomeSubreaper()
      // The grandchild leaves the process group, which dies with the child.
      let (text, termination) = try output(
        of: "setsid /bin/sh -c 'echo $$; exec sleep 100 >/dev/null' & read line < /dev/null; sleep 0.05",
        environment: ["PATH=/usr/bin:/bin"])
      #expect(termination?.status == .exited(code: 0))
      let orphan = try #require(Int32(text.dropLast()))
      #expect(try ProcessTable.children() == [orphan])
      #expect(try Process.reap(orphan) == nil)
      #expect(kill(orphan, SIGKILL) == 0)
      try wait { try Process.peekEndedChild() != nil }
      #expect(try Process.peekEndedChild() == orphan)
      #expect(try Process.reap(orphan)?.pid == orphan)
      #expect(try ProcessTable.children() == [])
    }
  }
}
