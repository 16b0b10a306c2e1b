import Glibc
import Testing

@testable import HoneydewSystem

@Suite struct SyncerTests {
  let directory = TemporaryDirectory()
  let loop: EventLoop

  init() throws { loop = try EventLoop() }

  /// Says that it has begun, then reads from what it is to sync, and so takes as long as the other end of a socket pair
  /// likes.
  private func makeSlowSyncer() throws -> Syncer {
    try Syncer(on: loop) { descriptor in
      var byte: UInt8 = 0
      return write(descriptor, "b", 1) == 1 && read(descriptor, &byte, 1) == 1 ? 0 : -1
    }
  }

  private func waitUntilBegun(_ fileNumber: Int32) {
    var wanted = pollfd(fd: fileNumber, events: Int16(POLLIN), revents: 0)
    #expect(poll(&wanted, 1, 10_000) == 1)
  }

  @Test func `Files are synced beside the loop, and the result is told in it`() throws {
    let syncer = try Syncer(on: loop)
    let file = try Files.open(directory.file("a"), flags: O_RDWR | O_CREAT, mode: 0o600)
    let folder = try Files.open(directory.path, flags: O_RDONLY)
    for _ in 1...3 {
      try file.writeAll([1, 2, 3])
      var result: Syncer.Result?
      try syncer.begin([folder.fileNumber, file.fileNumber]) { result = $0 }
      #expect(syncer.isBusy)
      #expect(try loop.turn { result != nil })
      #expect(result?.error == nil)
      #expect(try #require(result).took > .zero)
      #expect(!syncer.isBusy)
    }
    #expect(syncer.stop(within: .seconds(10)))
    #expect(syncer.stop(within: .zero), "the second time does nothing")
  }

  @Test func `A failure names its place in the list, here as there`() throws {
    let syncer = try Syncer(on: loop)
    let file = try Files.open(directory.file("a"), flags: O_RDWR | O_CREAT, mode: 0o600)
    let pair = try UnixSocket.pair()
    let list = [file.fileNumber, pair.ours.fileNumber, file.fileNumber]
    var result: Syncer.Result?
    try syncer.begin(list) { result = $0 }
    #expect(try loop.turn { result != nil })
    for error in [result?.error, Syncer.sync(list).error] {
      #expect(error?.number == EINVAL)
      #expect(error?.detail == "number 2 of the list")
    }
    #expect(Syncer.sync([file.fileNumber]).error == nil)
  }

  @Test func `The loop goes on while a sync takes its time, and the descriptor may be closed`() throws {
    let syncer = try makeSlowSyncer()
    let pair = try UnixSocket.pair()
    let (ours, theirs) = (pair.ours.release(), pair.theirs.release())
    var result: Syncer.Result?
    try syncer.begin([theirs]) { result = $0 }
    close(theirs)
    var turns = 0
    for _ in 1...3 { _ = loop.schedule(at: loop.now) { turns += 1 } }
    #expect(try loop.turn { turns == 3 })
    #expect(result == nil)
    #expect(write(ours, "x", 1) == 1)
    #expect(try loop.turn { result != nil })
    #expect(result?.error == nil)
    close(ours)
  }

  @Test func `The next request may begin where the last one is told`() throws {
    let syncer = try Syncer(on: loop)
    let file = try Files.open(directory.file("a"), flags: O_RDWR | O_CREAT, mode: 0o600)
    var done = 0
    func begin() throws(Errno) {
      try syncer.begin([file.fileNumber]) { _ in
        done += 1
        if done < 5 { try? begin() }
      }
    }
    try begin()
    #expect(try loop.turn { done == 5 })
  }

  @Test func `A sync that hangs does not keep anybody from ending`() throws {
    let syncer = try makeSlowSyncer()
    let pair = try UnixSocket.pair()
    try syncer.begin([pair.theirs.fileNumber]) { _ in Issue.record("told after the stop") }
    waitUntilBegun(pair.ours.fileNumber)
    let start = Clock.monotonic()
    #expect(!syncer.stop(within: .milliseconds(50)))
    let took = Clock.monotonic() - start
    #expect(took >= .milliseconds(50) && took < .seconds(5))
    // It reaches its end all the same.
    #expect(write(pair.ours.fileNumber, "x", 1) == 1)
  }

  @Test func `A list that is too long is refused, and leaves no descriptor open`() throws {
    let syncer = try Syncer(on: loop)
    let pair = try UnixSocket.pair()
    let list = Array(repeating: pair.ours.fileNumber, count: Syncer.capacity + 1)
    let error = #expect(throws: Errno.self) { try syncer.begin(list) { _ in } }
    #expect(error?.number == E2BIG)
    #expect(!syncer.isBusy)
  }

  @Test func `Two requests at once are an error of the program`() async {
    await #expect(processExitsWith: .failure) {
      let loop = try EventLoop()
      let syncer = try Syncer(on: loop)
      let pair = try UnixSocket.pair()
      try syncer.begin([pair.ours.fileNumber]) { _ in }
      try syncer.begin([pair.ours.fileNumber]) { _ in }
    }
  }

  @Test func `The thread takes no signal`() throws {
    let syncer = try makeSlowSyncer()
    let pair = try UnixSocket.pair()
    try syncer.begin([pair.theirs.fileNumber]) { _ in }
    waitUntilBegun(pair.ours.fileNumber)
    let tasks = try Files.list("/proc/self/task")
    let masks = try tasks.map { try readAll(Files.open("/proc/self/task/\($0)/status", flags: O_RDONLY)) }
    let blocked = masks.compactMap { status in
      status.split(separator: "\n").first { $0.hasPrefix("SigBlk:\t") }.flatMap { UInt64($0.dropFirst(8), radix: 16) }
    }
    // All but SIGKILL and SIGSTOP; 32 and 33 are the C library's.
    #expect(blocked.contains { $0 | 0b11 << 31 == ~(1 << 8 | 1 << 18) })
    pair.ours.close()
  }
}
