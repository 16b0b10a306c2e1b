internal import CLinux
import Glibc

/// One thread's event loop on `epoll(7)`: level-triggered descriptors and exact timers, no wake-up without a cause.
///
/// The owner calls `turn()` again and again, and does between two turns what must follow the handlers (commit, effects).
/// A turn has its limits: what is ready beyond them is handled in the next turns, those first who have had least of the
/// loop's time. The loop is not `Sendable` and all of it happens on its owner's thread.
public final class EventLoop {
  /// What to wait for. Hang-ups and errors are reported always.
  public struct Interest: OptionSet, Sendable {
    public let rawValue: UInt32
    public init(rawValue: UInt32) { self.rawValue = rawValue }
    public static let read = Interest(rawValue: EPOLLIN.rawValue)
    public static let write = Interest(rawValue: EPOLLOUT.rawValue)
  }

  /// What a descriptor is ready for.
  public struct Readiness: OptionSet, Sendable {
    public let rawValue: UInt32
    public init(rawValue: UInt32) { self.rawValue = rawValue }
    public static let read = Readiness(rawValue: EPOLLIN.rawValue)
    public static let write = Readiness(rawValue: EPOLLOUT.rawValue)
    /// The other side is gone in both directions; what it sent before can still be read.
    public static let hangUp = Readiness(rawValue: EPOLLHUP.rawValue)
    public static let error = Readiness(rawValue: EPOLLERR.rawValue)
  }

  /// Names one watched descriptor, as long as it is watched.
  public struct Registration: Hashable, Sendable {
    public let fileNumber: Int32
    let generation: UInt32

    /// What epoll hands back with an event. The generation tells a later owner of the same number from this one.
    var data: UInt64 { UInt64(generation) << 32 | UInt64(UInt32(bitPattern: fileNumber)) }
  }

  private struct Watcher {
    let generation: UInt32
    let handler: (Readiness) -> Void
    var claim = TurnClaim()
  }

  /// The monotonic clock as of this turn's wake-up.
  public private(set) var now: Duration
  /// The wall clock, since 1970, as of this turn's wake-up.
  public var wallNow: Duration { .nanoseconds(wallNanoseconds) }
  /// The same in whole milliseconds.
  public var wallMilliseconds: Int64 { wallNanoseconds / 1_000_000 }
  private var wallNanoseconds: Int64
  /// Called in the turn in which the wall clock was set or the machine woke from sleep.
  public var onClockSet: (() -> Void)?

  /// How many bytes the loop's channels have read and written.
  public internal(set) var traffic: UInt64 = 0

  private let epoll: FileDescriptor
  private var watchers: [Watcher?] = []
  private var watcherCount = 0
  private var generations: UInt32 = 0
  /// Has room for every watched descriptor: to know all that is ready is to know who goes first.
  private var events: [epoll_event]
  private var turnClock: TurnClock
  private var turns: UInt64 = 0
  /// Fewer descriptors than this that are ready at once are hardly worth a question each.
  private static let crowd = 8
  /// Every so many turns begin with who waits longest, so that nobody waits for ever.
  private static let turnsOfTheModest: UInt64 = 4
  private var timers = TimerQueue(.monotonic)
  private var wallTimers = TimerQueue(.wall)
  private let wallAlarm: WallAlarm
  /// Where a handler reads to; its content lasts no longer than the handler.
  let scratch = UnsafeMutableRawBufferPointer.allocate(byteCount: pieceLength, alignment: 16)
  /// The most that is read at once. A turn may end between two pieces, and one that is full of a client's smallest frames
  /// is some milliseconds' work.
  static let pieceLength = 16384

  public init(limits: TurnLimits = TurnLimits()) throws(Errno) {
    epoll = FileDescriptor(owning: try systemCall("epoll_create1") { honeydew_epoll_create() })
    events = Array(repeating: epoll_event(), count: 64)
    turnClock = TurnClock(limits)
    wallAlarm = try WallAlarm()
    now = Clock.monotonic()
    wallNanoseconds = Clock.wallNanoseconds()
    _ = try add(wallAlarm.fileNumber, .read) { [unowned self] _ in
      if wallAlarm.clockWasSet() { onClockSet?() }
    }
  }

  deinit { scratch.deallocate() }

  // MARK: Descriptors

  /// Watches a descriptor until `remove`, which must come before its owner closes it.
  ///
  /// The handler runs in each turn in which the descriptor is ready (level-triggered), as far as the turn's time goes.
  public func add(
    _ fileNumber: Int32, _ interest: Interest, handler: @escaping (Readiness) -> Void
  ) throws(Errno) -> Registration {
    let index = Int(fileNumber)
    if index >= watchers.count {
      watchers.append(contentsOf: repeatElement(nil, count: index + 1 - watchers.count))
    }
    precondition(watchers[index] == nil, "descriptor \(fileNumber) is watched, or was closed before its removal")
    generations &+= 1
    let registration = Registration(fileNumber: fileNumber, generation: generations)
    try control(EPOLL_CTL_ADD, registration, interest)
    watchers[index] = Watcher(generation: generations, handler: handler)
    watcherCount += 1
    if watcherCount > events.count {
      events.append(contentsOf: repeatElement(epoll_event(), count: events.count))
    }
    return registration
  }

  /// Changes what a watched descriptor is waited for. An empty interest keeps it watched for hang-up and error only.
  public func modify(_ registration: Registration, _ interest: Interest) throws(Errno) {
    precondition(isWatched(registration), "descriptor \(registration.fileNumber) is not watched")
    try control(EPOLL_CTL_MOD, registration, interest)
  }

  /// Ends the watch; events of this turn that still wait for dispatch are dropped. Does nothing the second time.
  public func remove(_ registration: Registration) {
    guard isWatched(registration) else { return }
    watchers[Int(registration.fileNumber)] = nil
    watcherCount -= 1
    let result = epoll_ctl(epoll.fileNumber, EPOLL_CTL_DEL, registration.fileNumber, nil)
    precondition(result == 0, "descriptor \(registration.fileNumber) was closed before its removal")
  }

  private func isWatched(_ registration: Registration) -> Bool {
    watchers[Int(registration.fileNumber)]?.generation == registration.generation
  }

  private func control(_ operation: Int32, _ registration: Registration, _ interest: Interest) throws(Errno) {
    var event = epoll_event(events: interest.rawValue, data: epoll_data_t(u64: registration.data))
    try systemCall("epoll_ctl") { epoll_ctl(epoll.fileNumber, operation, registration.fileNumber, &event) }
  }

  // MARK: Timers

  /// Calls the handler once, in the first turn at or after `deadline` on the monotonic clock.
  ///
  /// A timer scheduled for now or earlier by a handler runs in the next turn.
  public func schedule(at deadline: Duration, handler: @escaping () -> Void) -> TimerToken {
    timers.schedule(at: max(deadline, now), handler: handler)
  }

  /// As `schedule`, on the wall clock: a clock that is set forward past `deadline` fires it, one set back delays it.
  public func scheduleWall(at deadline: Duration, handler: @escaping () -> Void) -> TimerToken {
    wallTimers.schedule(at: max(deadline, wallNow), handler: handler)
  }

  /// Forgets a timer; one that has fired or was cancelled before is no error.
  public func cancel(_ token: TimerToken) {
    switch token.queue {
    case .monotonic: timers.take(token)
    case .wall: wallTimers.take(token)
    }
  }

  // MARK: Turns

  /// Whether the turn has had its time: what can wait shall wait for the next one.
  public var isTurnOver: Bool { turnClock.isOver(at: Clock.nanoseconds()) }

  /// Whether the handlers of this turn have had their share of it.
  var isHandlingOver: Bool { Clock.nanoseconds() >= turnClock.handlingEnd }

  /// How long the turn before this one lasted, from its wake-up until the owner asked for the next.
  public var lastTurn: Duration { turnClock.last }

  /// The longest turn since the loop was made.
  public var longestTurn: Duration { turnClock.longest }

  /// Waits for a descriptor or a timer, but no longer than until the moments given; reads the clocks, and runs the
  /// handlers of what is ready: descriptors in their order of arrival, those that have had much of the loop's time
  /// behind the others; then timers in the order of their deadlines. What the turn's time does not suffice for is left
  /// to the next one.
  ///
  /// - Parameters:
  ///   - deadline: on the monotonic clock.
  ///   - wallDeadline: on the wall clock.
  public func turn(by deadline: Duration? = nil, wallBy wallDeadline: Duration? = nil) throws(Errno) {
    try wallAlarm.arm(for: earlier(wallTimers.earliest, wallDeadline), watchingClock: onClockSet != nil)
    let count = try wait(by: earlier(timers.earliest, deadline))
    let moment = Clock.nanoseconds()
    turnClock.begin(at: moment)
    turns += 1
    now = .nanoseconds(moment)
    wallNanoseconds = Clock.wallNanoseconds()
    let afterwards = handle(count, at: moment)
    runTimers(at: afterwards)
  }

  /// An interrupted wait goes on, with what is left of its time: a process that was stopped for a while (epoll_wait(2))
  /// must see what has arrived meanwhile before it looks at its deadlines.
  private func wait(by deadline: Duration?) throws(Errno) -> Int {
    let deadline = deadline?.nanosecondsRoundedUp
    while true {
      let moment = Clock.nanoseconds()
      turnClock.end(at: moment)
      let timeout = deadline.map { max(0, $0 - moment) } ?? -1
      let count = events.withUnsafeMutableBufferPointer { buffer in
        honeydew_epoll_wait(epoll.fileNumber, buffer.baseAddress, Int32(buffer.count), timeout)
      }
      if count >= 0 { return Int(count) }
      guard errno == EINTR else { throw Errno(errno, call: "epoll_wait") }
    }
  }

  /// Runs the handlers of the first `count` events. One that is left over is ready in the next turn, too: epoll tells it
  /// again (level-triggered, epoll(7)).
  ///
  /// - Returns: the moment after the last one.
  private func handle(_ count: Int, at beginning: Int64) -> Int64 {
    if count > 1 { putModestFirst(count, at: beginning) }
    var moment = beginning
    for index in 0..<count {
      let event = events[index]
      let fileNumber = Int(UInt32(truncatingIfNeeded: event.data.u64))
      let generation = UInt32(event.data.u64 >> 32)
      guard watchers[fileNumber]?.generation == generation else { continue }
      if index > 0, moment >= turnClock.handlingEnd {
        watchers[fileNumber]?.claim.leftOver(in: turns)
        continue
      }
      watchers[fileNumber]?.handler(Readiness(rawValue: event.events))
      let end = Clock.nanoseconds()
      if watchers[fileNumber]?.generation == generation {
        watchers[fileNumber]?.claim.handled(for: end - moment, at: end)
      }
      moment = end
    }
    return moment
  }

  /// Orders the first `count` events by their claims. In a crowd those with little to say go first, such as a short call
  /// beside a thousand clients that all send much for the first time.
  private func putModestFirst(_ count: Int, at moment: Int64) {
    let isCrowd = count > Self.crowd
    let keys = (0..<count).map { index in
      let fileNumber = Int32(truncatingIfNeeded: events[index].data.u64)
      guard var claim = watchers[Int(fileNumber)]?.claim else { return UInt64(index) }
      if isCrowd, !claim.knowsUnread {
        claim.expect(unread: Int(honeydew_unread_bytes(fileNumber)))
        watchers[Int(fileNumber)]?.claim = claim
      }
      return claim.key(at: moment, turn: turns, arrival: index)
    }
    guard zip(keys, keys.dropFirst()).contains(where: >) else { return }
    let arrived = events
    for (index, key) in keys.sorted().enumerated() { events[index] = arrived[Int(key & 0xFFFF)] }
    if turns.isMultiple(of: Self.turnsOfTheModest) { putOldestFirst(count) }
  }

  /// Gives the turn to whoever waits longest, whatever it has had and wants.
  private func putOldestFirst(_ count: Int) {
    let waits = (0..<count).map { index in
      watchers[Int(UInt32(truncatingIfNeeded: events[index].data.u64))]?.claim.waitsSince ?? .max
    }
    guard let longest = waits.min(), let place = waits.firstIndex(of: longest) else { return }
    events.swapAt(0, place)
  }

  /// Runs the timers that are due, at least one.
  private func runTimers(at beginning: Int64) {
    let end = turnClock.timersEnd(after: beginning)
    let (last, lastWall) = (timers.lastGeneration, wallTimers.lastGeneration)
    while let handler = timers.takeDue(at: now, upTo: last) {
      handler()
      if Clock.nanoseconds() >= end { break }
    }
    while let handler = wallTimers.takeDue(at: wallNow, upTo: lastWall) {
      handler()
      if Clock.nanoseconds() >= end { break }
    }
  }
}

/// The earlier of two moments, either of which may be missing.
private func earlier(_ left: Duration?, _ right: Duration?) -> Duration? {
  guard let left, let right else { return left ?? right }
  return min(left, right)
}
