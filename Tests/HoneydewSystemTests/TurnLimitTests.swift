import Glibc
import Testing

@testable import HoneydewSystem

@Suite(.timeLimit(.minutes(1)))
struct TurnLimitTests {
  /// Handlers that take this long have had their share after the first.
  private static let handling = Duration.milliseconds(2)
  private let loop: EventLoop

  init() throws {
    loop = try EventLoop(limits: TurnLimits(handling: Self.handling, whole: .milliseconds(4)))
  }

  @Test func `what a turn has no time for is handled in the next ones, each once before any a second time`() throws {
    let pairs = try (0..<100).map { _ in try Ends() }
    var calls = [Int](repeating: 0, count: pairs.count)
    var registrations: [EventLoop.Registration] = []
    for (index, pair) in pairs.enumerated() {
      registrations.append(
        try loop.add(pair.ours.fileNumber, .read) { _ in
          calls[index] += 1
          spin(Self.handling)
        })
      try send("x", to: pair.theirs)
    }
    for turn in 1...pairs.count {
      try loop.turn()
      #expect(calls.reduce(0, +) == turn)
      #expect(calls.max() == 1)
    }
    registrations.forEach(loop.remove)
  }

  @Test func `who has had little of the time goes before those who flood, however they arrive`() throws {
    let floods = try (0..<5).map { _ in try Ends() }
    let modest = try Ends()
    var registrations: [EventLoop.Registration] = []
    var order: [Int] = []
    for (index, pair) in floods.enumerated() {
      registrations.append(
        try loop.add(pair.ours.fileNumber, .read) { _ in
          order.append(index)
          spin(.milliseconds(5))
        })
      try send("x", to: pair.theirs)
    }
    var byte: UInt8 = 0
    registrations.append(
      try loop.add(modest.ours.fileNumber, .read) { _ in
        order.append(-1)
        #expect(read(modest.ours.fileNumber, &byte, 1) == 1)
      })
    #expect(try loop.turn { Set(order).count == floods.count })
    // Every fourth turn is for who waits longest.
    var firsts = 0
    for _ in 0..<8 {
      order = []
      try send("x", to: modest.theirs)
      try loop.turn()
      if order.first == -1 { firsts += 1 }
    }
    #expect(firsts >= 6)
    registrations.forEach(loop.remove)
  }

  @Test func `who has had much and is passed over has its turn, too`() throws {
    let pairs = try (0..<2).map { _ in try Ends() }
    var calls = [0, 0]
    var registrations: [EventLoop.Registration] = []
    for (index, pair) in pairs.enumerated() {
      registrations.append(
        try loop.add(pair.ours.fileNumber, .read) { _ in
          calls[index] += 1
          // The first one has had far more by its first turn than the other in all of them.
          spin(calls[0] == 1 && index == 0 ? .milliseconds(200) : Self.handling)
        })
      try send("x", to: pair.theirs)
    }
    for _ in 0..<20 { try loop.turn() }
    #expect(calls[0] >= 4 && calls[1] >= 4)
    registrations.forEach(loop.remove)
  }

  @Test func `timers fire on time though descriptors take every turn whole`() throws {
    let pair = try Ends()
    let registration = try loop.add(pair.ours.fileNumber, .read) { _ in spin(.milliseconds(5)) }
    try send("x", to: pair.theirs)
    var fired: [Int] = []
    for index in 0..<3 { _ = loop.schedule(at: loop.now) { fired.append(index) } }
    var isWallFired = false
    _ = loop.scheduleWall(at: loop.wallNow) { isWallFired = true }
    try loop.turn()
    #expect(fired == [0, 1, 2] && isWallFired)
    loop.remove(registration)
  }

  @Test func `a crowd of timers is spread over turns, in order`() throws {
    var fired: [Int] = []
    for index in 0..<50 {
      _ = loop.schedule(at: loop.now) {
        fired.append(index)
        spin(.milliseconds(1))
      }
    }
    try loop.turn()
    #expect((1...3).contains(fired.count))
    #expect(try loop.turn { fired.count == 50 })
    #expect(fired == Array(0..<50))
  }

  @Test func `a descriptor whose event was left over and is no longer watched is not handled`() throws {
    let pairs = [try Ends(), try Ends()]
    var registrations: [EventLoop.Registration] = []
    var calls = [0, 0]
    for (index, pair) in pairs.enumerated() {
      registrations.append(
        try loop.add(pair.ours.fileNumber, .read) { _ in
          calls[index] += 1
          spin(Self.handling)
        })
      try send("x", to: pair.theirs)
    }
    try loop.turn()
    #expect(calls == [1, 0])
    loop.remove(registrations[1])
    try loop.turn()
    #expect(calls == [2, 0])
    loop.remove(registrations[0])
  }

  @Test func `a channel reads no further piece when the time is over, and all of it in the end`() throws {
    let pair = try UnixSocket.pair()
    let channel = try StreamChannel(try pair.ours.duplicate(), on: loop, outputLimit: 0)
    var received: [Int] = []
    channel.onInput = {
      received.append($0.count)
      spin(Self.handling)
    }
    var size: Int32 = 1 << 20
    setsockopt(pair.theirs.fileNumber, SOL_SOCKET, SO_SNDBUF, &size, socklen_t(MemoryLayout<Int32>.size))
    let bytes = [UInt8](repeating: 1, count: 150_000)
    let sent = try bytes.withUnsafeBytes { try pair.theirs.send($0) }
    #expect(sent == .wrote(bytes.count))
    try loop.turn()
    #expect(received == [EventLoop.pieceLength])
    #expect(try loop.turn { received.reduce(0, +) == bytes.count })
  }

  @Test func `the owner sees when the turn is over, and how long turns have lasted`() throws {
    #expect(!loop.isTurnOver && loop.longestTurn == .zero)
    try turnOnce()
    #expect(!loop.isTurnOver)
    spin(.milliseconds(5))
    #expect(loop.isTurnOver)
    try turnOnce()
    #expect(loop.lastTurn >= .milliseconds(5) && loop.longestTurn == loop.lastTurn)
    try turnOnce()
    #expect(loop.lastTurn < loop.longestTurn)
  }

  @Test func `the time that is waited belongs to no turn`() throws {
    try loop.turn(by: Clock.monotonic() + .milliseconds(100))
    try loop.turn(by: Clock.monotonic() + .milliseconds(100))
    try turnOnce()
    #expect(loop.longestTurn < .milliseconds(50))
  }

  @Test func `a turn ends at its deadline, on either clock`() throws {
    let start = Clock.monotonic()
    try loop.turn(by: start + .milliseconds(50))
    #expect(loop.now - start >= .milliseconds(50))
    let wallStart = Clock.wall()
    try loop.turn(wallBy: wallStart + .milliseconds(50))
    #expect(loop.wallNow - wallStart >= .milliseconds(50))
    // It is forgotten afterwards.
    let before = loop.now
    try loop.turn(by: before + .milliseconds(200))
    #expect(loop.now - before >= .milliseconds(200))
  }

  private func turnOnce() throws {
    _ = loop.schedule(at: loop.now) {}
    try loop.turn()
  }
}

struct TurnClaimTests {
  @Test func `who has used less goes first, then who waits longer, then who came first`() {
    var used = TurnClaim()
    used.handled(for: 1_000_000, at: 0)
    var waiting = TurnClaim()
    waiting.leftOver(in: 3)
    waiting.leftOver(in: 4)
    var shorter = TurnClaim()
    shorter.leftOver(in: 4)
    let fresh = TurnClaim()
    let claims = [used, fresh, fresh, shorter, waiting]
    let keys = claims.enumerated().map { $0.element.key(at: 0, turn: 5, arrival: $0.offset) }
    #expect(keys.sorted().map { Int($0 & 0xFFFF) } == [4, 3, 1, 2, 0])
  }

  @Test func `in a crowd who has less to say goes first, however long the others wait`() {
    var much = TurnClaim()
    much.expect(unread: 65536)
    much.leftOver(in: 1)
    var little = TurnClaim()
    little.expect(unread: 100)
    func isLittleFirst(in turn: UInt64) -> Bool {
      little.key(at: 0, turn: turn, arrival: 1) < much.key(at: 0, turn: turn, arrival: 0)
    }
    #expect(isLittleFirst(in: 2) && isLittleFirst(in: 100_000))
  }

  @Test func `who was handled waits no longer`() {
    var claim = TurnClaim()
    claim.leftOver(in: 3)
    claim.handled(for: 1, at: 0)
    #expect(claim.key(at: 0, turn: 9, arrival: 0) == TurnClaim().key(at: 0, turn: 9, arrival: 0))
  }
}

struct RecentUseTests {
  private let interval: Int64 = 100_000_000

  @Test func `little use has no rank, and each further one is twice as much`() {
    var use = RecentUse()
    #expect(use.rank(at: 0) == 0)
    use.add(65_000, at: 0)
    #expect(use.rank(at: 0) == 0)
    use.add(1_000, at: 0)
    #expect(use.rank(at: 0) == 1)
    use.add(66_000, at: 0)
    #expect(use.rank(at: 0) == 2)
    use.add(1 << 40, at: 0)
    #expect(use.rank(at: 0) == 25)
  }

  @Test func `who waits comes to the front`() {
    var use = RecentUse()
    use.add(1 << 30, at: 0)
    let ranks = (0..<20).map { use.rank(at: Int64($0) * interval) }
    #expect(ranks == ranks.sorted(by: >))
    #expect(ranks.first == 15 && ranks.last == 0)
    #expect(use.rank(at: 1000 * interval) == 0)
  }

  @Test func `use of one interval adds to half of what was before`() {
    var use = RecentUse()
    use.add(1 << 20, at: 0)
    use.add(1 << 19, at: interval)
    #expect(use.rank(at: interval) == 5)
  }
}

struct TurnClockTests {
  @Test func `a turn is over when its time is, and no turn is none`() {
    var clock = TurnClock(TurnLimits(handling: .milliseconds(2), whole: .milliseconds(4)))
    #expect(!clock.isOver(at: 1_000_000_000))
    clock.begin(at: 1_000_000)
    #expect(clock.handlingEnd == 3_000_000)
    #expect(!clock.isOver(at: 4_999_999) && clock.isOver(at: 5_000_000))
    clock.end(at: 9_000_000)
    #expect(clock.last == .milliseconds(8) && clock.longest == .milliseconds(8))
    clock.end(at: 99_000_000)
    clock.begin(at: 100_000_000)
    clock.end(at: 101_000_000)
    #expect(clock.last == .milliseconds(1) && clock.longest == .milliseconds(8))
  }

  @Test func `timers have time of their own behind descriptors that took all`() {
    var clock = TurnClock(TurnLimits(handling: .milliseconds(2), whole: .milliseconds(4)))
    clock.begin(at: 0)
    #expect(clock.timersEnd(after: 100_000) == 2_000_000)
    #expect(clock.timersEnd(after: 9_000_000) == 9_500_000)
  }
}

/// Works for so long.
private func spin(_ duration: Duration) {
  let end = Clock.monotonic() + duration
  while Clock.monotonic() < end {}
}
