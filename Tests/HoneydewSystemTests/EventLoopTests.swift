import Glibc
import Testing

@testable import HoneydewSystem

@Suite(.timeLimit(.minutes(1)))
struct EventLoopTests {
  let loop: EventLoop

  init() throws {
    loop = try EventLoop(limits: .none)
  }

  @Test func `a readable socket runs its handler, in every turn until it is read`() throws {
    let pair = try UnixSocket.pair()
    var calls = 0
    let registration = try loop.add(pair.ours.fileNumber, .read) { readiness in
      #expect(readiness == .read)
      calls += 1
    }
    try send("x", to: pair.theirs)
    try loop.turn()
    try loop.turn()
    #expect(calls == 2)
    loop.remove(registration)
  }

  @Test func `interest can be changed, and hang-up is always told`() throws {
    let pair = try UnixSocket.pair()
    var seen: [EventLoop.Readiness] = []
    let registration = try loop.add(pair.ours.fileNumber, []) { seen.append($0) }
    try loop.modify(registration, [.read, .write])
    try loop.turn()
    try loop.modify(registration, [])
    let ours = pair.ours.release()
    pair.theirs.close()
    try loop.turn()
    #expect(seen == [.write, .hangUp])
    loop.remove(registration)
    FileDescriptor(owning: ours).close()
  }

  @Test func `an event for a descriptor whose number was closed and reused in the same turn is dropped`() throws {
    let first = try UnixSocket.pair()
    let second = try UnixSocket.pair()
    try send("x", to: first.theirs)
    try send("x", to: second.theirs)
    let number = second.ours.release()
    var registrations: [EventLoop.Registration] = []
    var isReused = false
    var staleCalls = 0
    var newCalls = 0
    registrations.append(
      try loop.add(first.ours.fileNumber, .read) { _ in
        isReused = true
        loop.remove(registrations[1])
        // Closes the socket that has an event pending and puts a silent one under its number.
        #expect(dup2(first.theirs.fileNumber, number) == number)
        do {
          registrations[1] = try loop.add(number, .read) { _ in newCalls += 1 }
        } catch { Issue.record(error) }
      })
    registrations.append(try loop.add(number, .read) { _ in staleCalls += 1 })
    try loop.turn()
    #expect(isReused)
    #expect(staleCalls == 0)
    #expect(newCalls == 0)
    for registration in registrations { loop.remove(registration) }
    FileDescriptor(owning: number).close()
    second.theirs.close()
  }

  @Test func `descriptors are dispatched in their order of arrival`() throws {
    let pairs = [try Ends(), try Ends(), try Ends()]
    var order: [Int] = []
    var registrations: [EventLoop.Registration] = []
    for (index, pair) in pairs.enumerated() {
      registrations.append(try loop.add(pair.ours.fileNumber, .read) { _ in order.append(index) })
    }
    for index in [2, 0, 1] { try send("x", to: pairs[index].theirs) }
    try loop.turn()
    #expect(order == [2, 0, 1])
    registrations.forEach(loop.remove)
  }

  @Test func `one turn sleeps exactly until the next timer and wakes for nothing else`() throws {
    let start = Clock.monotonic()
    var fired = false
    let cancelled = loop.schedule(at: start + .milliseconds(50)) { Issue.record("was cancelled") }
    _ = loop.schedule(at: start + .milliseconds(200)) { fired = true }
    loop.cancel(cancelled)
    let wakeupsBefore = voluntarySwitches()
    try loop.turn()
    #expect(fired)
    #expect(loop.now - start >= .milliseconds(200))
    #expect(voluntarySwitches() - wakeupsBefore <= 1)
  }

  @Test func `a due timer that a handler cancels does not run, and one scheduled for now waits a turn`() throws {
    var fired: [String] = []
    var second: TimerToken?
    let now = loop.now
    _ = loop.schedule(at: now) {
      fired.append("first")
      loop.cancel(second!)
      _ = loop.schedule(at: now) { fired.append("third") }
    }
    second = loop.schedule(at: now) { fired.append("second") }
    try loop.turn()
    #expect(fired == ["first"])
    try loop.turn()
    #expect(fired == ["first", "third"])
  }

  @Test func `the clocks stand still within a turn`() throws {
    var times: Set<Duration> = []
    for _ in 0..<2 {
      _ = loop.schedule(at: loop.now) {
        times.insert(loop.now)
        usleep(2000)
      }
    }
    try loop.turn()
    #expect(times.count == 1)
  }

  @Test func `a wall-clock timer fires at its time and not before`() throws {
    let deadline = Clock.wall() + .milliseconds(100)
    var firedAt: Duration?
    _ = loop.scheduleWall(at: deadline) { firedAt = loop.wallNow }
    #expect(try loop.turn { firedAt != nil })
    #expect(try #require(firedAt) >= deadline)
  }

  @Test func `wall-clock timers are re-armed for an earlier one and survive a cancelled one`() throws {
    var fired: [String] = []
    _ = loop.scheduleWall(at: Clock.wall() + .milliseconds(60)) { fired.append("b") }
    try turnOnce()
    let earlier = loop.scheduleWall(at: Clock.wall() + .milliseconds(10)) { fired.append("never") }
    _ = loop.scheduleWall(at: Clock.wall() + .milliseconds(20)) { fired.append("a") }
    try turnOnce()
    loop.cancel(earlier)
    #expect(try loop.turn { fired.count == 2 })
    #expect(fired == ["a", "b"])
  }

  @Test(.enabled(if: mayTouchTheClock, "setting the clock needs CAP_SYS_TIME"))
  func `a clock that is set is told`() throws {
    var changes = 0
    loop.onClockSet = { changes += 1 }
    try turnOnce()
    #expect(touchClock())
    #expect(try loop.turn { changes > 0 })
  }

  @Test func `the loop leaves no descriptor behind`() async {
    await #expect(processExitsWith: .success) {
      let number = dup(0)
      close(number)
      for _ in 0..<20 { _ = try EventLoop() }
      // Swift's runtime may have opened a few of its own meanwhile.
      #expect(dup(0) < number + 20)
    }
  }

  @Test func `watching a descriptor that was closed before its removal traps`() async {
    await #expect(processExitsWith: .signal(SIGILL)) {
      let loop = try EventLoop(limits: .none)
      let pair = try UnixSocket.pair()
      let registration = try loop.add(pair.ours.fileNumber, .read) { _ in }
      close(registration.fileNumber)
      loop.remove(registration)
    }
  }

  private func turnOnce() throws {
    _ = loop.schedule(at: loop.now) {}
    try loop.turn()
  }
}

/// A socket pair that an array can hold.
final class Ends {
  let ours: FileDescriptor
  let theirs: FileDescriptor

  init() throws {
    let pair = try UnixSocket.pair()
    ours = try pair.ours.duplicate()
    theirs = try pair.theirs.duplicate()
  }
}

func send(_ text: String, to descriptor: borrowing FileDescriptor) throws {
  let bytes = Array(text.utf8)
  #expect(try bytes.withUnsafeBytes { try descriptor.send($0) } == .wrote(bytes.count))
}

/// How often this thread has given up the processor to wait.
private func voluntarySwitches() -> Int {
  var usage = rusage()
  getrusage(1 /* RUSAGE_THREAD */, &usage)
  return usage.ru_nvcsw
}

/// Sets the clock forward by a microsecond and back again.
private func touchClock() -> Bool {
  let script = """
    import ctypes
    def shift(seconds, microseconds):
        change = ctypes.create_string_buffer(256)  # struct timex
        change[0:4] = (0x0100).to_bytes(4, "little")  # ADJ_SETOFFSET
        change[72:80] = seconds.to_bytes(8, "little", signed=True)
        change[80:88] = microseconds.to_bytes(8, "little")
        return ctypes.CDLL(None).adjtimex(change) != -1
    raise SystemExit(0 if shift(0, 1) and shift(-1, 999_999) else 1)
    """
  let python = ChildProcess.Command(path: "/usr/bin/python3", arguments: ["python3", "-c", script], environment: [])
  return (try? end(of: ChildProcess(python)))?.status == .exited(code: 0)
}

private let mayTouchTheClock = touchClock()
