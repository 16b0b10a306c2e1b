import Glibc
import Testing

@testable import HoneydewSystem

@Suite(.timeLimit(.minutes(1)))
struct ProcessWatchTests {
  let loop: EventLoop

  init() throws {
    loop = try EventLoop()
  }

  @Test func `the end of a child is told once, when it is reaped`() throws {
    let child = try shell("exit 5")
    var ends: [Termination] = []
    try child.watch(on: loop) { ends.append($0) }
    #expect(try loop.turn { !ends.isEmpty })
    _ = loop.schedule(at: loop.now) {}
    try loop.turn()
    #expect(ends.map(\.status) == [.exited(code: 5)])
    #expect(child.termination == ends.first)
    #expect(try child.reap() == ends.first)
    #expect(kill(child.pid, 0) == -1 && errno == ESRCH)
  }

  @Test func `a child may be dropped when its end is told`() throws {
    var child: ChildProcess? = try shell("exit 0")
    var ends = 0
    try child?.watch(on: loop) { _ in
      ends += 1
      child = nil
    }
    #expect(try loop.turn { ends > 0 })
    _ = loop.schedule(at: loop.now) {}
    try loop.turn()
    #expect(ends == 1 && child == nil)
  }

  @Test func `a child that is dropped is watched no more`() throws {
    var child: ChildProcess? = try shell("exec sleep 100")
    let pid = try #require(child).pid
    try child?.watch(on: loop) { _ in Issue.record("nobody asks any more") }
    child = nil
    #expect(kill(pid, SIGKILL) == 0)
    try wait { try Process.reap(pid) != nil }
    _ = loop.schedule(at: loop.now) {}
    try loop.turn()
  }

  @Test func `what a killed worker leaves in its group ends before its end is told`() throws {
    let pair = try UnixSocket.pair()
    let child = try shell("sleep 100 & echo; wait", environment: ["PATH=/usr/bin:/bin"], output: pair.theirs.fileNumber)
    let ours = pair.ours.release()
    pair.theirs.close()
    let output = FileDescriptor(owning: ours)
    try output.setNonblocking(false)
    var byte: UInt8 = 0
    #expect(read(output.fileNumber, &byte, 1) == 1)
    var hasEnded = false
    try child.watch(on: loop) { _ in hasEnded = true }
    child.signal(SIGKILL)
    #expect(try loop.turn { hasEnded })
    #expect(try readAll(output) == "")
  }

  @Test func `a process that is no child is seen to end`() throws {
    let pair = try UnixSocket.pair()
    let child = try shell(
      "sleep 100 & echo $!; wait", environment: ["PATH=/usr/bin:/bin"], output: pair.theirs.fileNumber)
    let output = try pair.ours.duplicate()
    try output.setNonblocking(false)
    var digits = [UInt8](repeating: 0, count: 32)
    let count = read(output.fileNumber, &digits, digits.count)
    let grandchild = try #require(Int32(String(decoding: digits[..<(count - 1)], as: UTF8.self)))
    guard let watch = ProcessWatch(pid: grandchild) else {
      Issue.record("the grandchild is gone")
      return
    }
    var hasEnded = false
    let registration = try loop.add(watch.fileNumber, .read) { _ in hasEnded = true }
    _ = loop.schedule(at: loop.now) {}
    try loop.turn()
    #expect(!hasEnded)
    #expect(kill(grandchild, SIGKILL) == 0)
    #expect(try loop.turn { hasEnded })
    loop.remove(registration)
    _ = try end(of: child)
  }

  @Test(arguments: [0, -1, Int32.max])
  func `what names no process cannot be watched`(pid: Int32) {
    let watch = ProcessWatch(pid: pid)
    switch consume watch {
    case .none: break
    case .some: Issue.record("\(pid) is a process")
    }
  }
}
