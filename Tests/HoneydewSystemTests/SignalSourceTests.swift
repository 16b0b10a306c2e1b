import Glibc
import Testing

@testable import HoneydewSystem

/// Each in a process of its own, and with signals sent to its thread: one to the process could go to a thread of Swift
/// Testing, which does not block it.
@Suite(.timeLimit(.minutes(1)))
struct SignalSourceTests {
  @Test func `signals are delivered in the loop, with their sender`() async {
    await #expect(processExitsWith: .success) {
      let loop = try EventLoop()
      var deliveries: [SignalSource.Delivery] = []
      let source = try SignalSource([SIGUSR1, SIGTERM], on: loop) { deliveries.append($0) }
      pthread_kill(pthread_self(), SIGTERM)
      pthread_kill(pthread_self(), SIGUSR1)
      #expect(deliveries.isEmpty)
      try loop.turn()
      #expect(deliveries.map(\.signal).sorted() == [SIGUSR1, SIGTERM].sorted())
      #expect(deliveries.allSatisfy { $0.senderPid == getpid() && $0.senderUid == getuid() })
      withExtendedLifetime(source) {}
    }
  }

  @Test func `signals of a kind that come close together are one`() async {
    await #expect(processExitsWith: .success) {
      let loop = try EventLoop()
      var count = 0
      let source = try SignalSource([SIGHUP], on: loop) { _ in count += 1 }
      for _ in 0..<3 { pthread_kill(pthread_self(), SIGHUP) }
      try loop.turn()
      #expect(count == 1)
      pthread_kill(pthread_self(), SIGHUP)
      try loop.turn()
      #expect(count == 2)
      withExtendedLifetime(source) {}
    }
  }

  @Test func `another process is named as the sender`() async {
    await #expect(processExitsWith: .success) {
      let loop = try EventLoop()
      var deliveries: [SignalSource.Delivery] = []
      let source = try SignalSource([SIGTERM], on: loop) { deliveries.append($0) }
      let thread = try #require(Files.realPath("/proc/thread-self").split(separator: "/").last)
      let script = "import ctypes; ctypes.CDLL(None).tgkill(\(getpid()), \(thread), \(SIGTERM))"
      let child = try ChildProcess(
        ChildProcess.Command(path: "/usr/bin/python3", arguments: ["python3", "-c", script], environment: []))
      #expect(try loop.turn { !deliveries.isEmpty })
      #expect(deliveries.first?.senderPid == child.pid)
      _ = try end(of: child)
      withExtendedLifetime(source) {}
    }
  }

  @Test func `a signal that was ignored from the start is received`() async {
    await #expect(processExitsWith: .success) {
      _ = signal(SIGUSR2, SIG_IGN)
      let loop = try EventLoop()
      var isHeard = false
      let source = try SignalSource([SIGUSR2], on: loop) { _ in isHeard = true }
      pthread_kill(pthread_self(), SIGUSR2)
      try loop.turn()
      #expect(isHeard)
      withExtendedLifetime(source) {}
    }
  }

  @Test func `a source that is dropped in its handler says no more`() async {
    await #expect(processExitsWith: .success) {
      let loop = try EventLoop()
      var source: SignalSource?
      var count = 0
      source = try SignalSource([SIGUSR1, SIGUSR2], on: loop) { _ in
        count += 1
        source = nil
      }
      pthread_kill(pthread_self(), SIGUSR1)
      pthread_kill(pthread_self(), SIGUSR2)
      try loop.turn()
      #expect(count == 1 && source == nil)
      _ = loop.schedule(at: loop.now) {}
      try loop.turn()
      #expect(count == 1)
    }
  }
}
