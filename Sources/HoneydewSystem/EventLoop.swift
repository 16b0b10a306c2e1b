internal import CLinux
import Glibc

/// One thread's event loop on `epoll(7)`: level-triggered descriptors and exact timers, no wake-up without a cause.
///
/// The owner calls `turn()` again and again, and does between two turns what must follow the handlers (commit, effects).
/// The loop is not `Sendable` and all of it happens on its owner's thread.
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
  }

  /// The monotonic clock as of this turn's wake-up.
  public private(set) var now: Duration
  /// The wall clock, since 1970, as of this turn's wake-up.
  public private(set) var wallNow: Duration
  /// Called in the turn in which the wall clock was set or the machine woke from sleep.
  public var onClockSet: (() -> Void)?

  private let epoll: FileDescriptor
  private var watchers: [Watcher?] = []
  private var generations: UInt32 = 0
  private var events: [epoll_event]
  private var timers = TimerQueue(.monotonic)
  private var wallTimers = TimerQueue(.wall)
  private let wallAlarm: WallAlarm
  /// Where a handler reads to; its content lasts no longer than the handler.
  let scratch = UnsafeMutableRawBufferPointer.allocate(byteCount: 65536, alignment: 16)

  public init() throws(Errno) {
    epoll = FileDescriptor(owning: try systemCall("epoll_create1") { honeydew_epoll_create() })
    events = Array(repeating: epoll_event(), count: 256)
    wallAlarm = try WallAlarm()
    now = Clock.monotonic()
    wallNow = Clock.wall()
    _ = try add(wallAlarm.fileNumber, .read) { [unowned self] _ in
      if wallAlarm.clockWasSet() { onClockSet?() }
    }
  }

  deinit { scratch.deallocate() }

  // MARK: Descriptors

  /// Watches a descriptor until `remove`, which must come before its owner closes it.
  ///
  /// The handler runs in each turn in which the descriptor is ready (level-triggered).
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
    timers.schedule(at: deadline, handler: handler)
  }

  /// As `schedule`, on the wall clock: a clock that is set forward past `deadline` fires it, one set back delays it.
  public func scheduleWall(at deadline: Duration, handler: @escaping () -> Void) -> TimerToken {
    wallTimers.schedule(at: deadline, handler: handler)
  }

  /// Forgets a timer; one that has fired or was cancelled before is no error.
  public func cancel(_ token: TimerToken) {
    switch token.queue {
    case .monotonic: timers.take(token)
    case .wall: wallTimers.take(token)
    }
  }

  // MARK: Turns

  /// Waits for a descriptor or a timer, reads the clocks, and runs the handlers of all that is ready: descriptors in
  /// their order of arrival, then timers in the order of their deadlines.
  public func turn() throws(Errno) {
    try wallAlarm.arm(for: wallTimers.earliest, watchingClock: onClockSet != nil)
    let count = try wait()
    now = Clock.monotonic()
    wallNow = Clock.wall()
    for index in 0..<count {
      let event = events[index]
      let fileNumber = Int(UInt32(truncatingIfNeeded: event.data.u64))
      guard let watcher = watchers[fileNumber], watcher.generation == UInt32(event.data.u64 >> 32) else { continue }
      watcher.handler(Readiness(rawValue: event.events))
    }
    for token in timers.due(at: now) { timers.take(token)?() }
    for token in wallTimers.due(at: wallNow) { wallTimers.take(token)?() }
  }

  /// An interrupted wait goes on, with what is left of its time: a process that was stopped for a while (epoll_wait(2))
  /// must see what has arrived meanwhile before it looks at its deadlines.
  private func wait() throws(Errno) -> Int {
    while true {
      let timeout = timers.earliest.map { ($0 - Clock.monotonic()).nanosecondsRoundedUp } ?? -1
      let count = events.withUnsafeMutableBufferPointer { buffer in
        honeydew_epoll_wait(epoll.fileNumber, buffer.baseAddress, Int32(buffer.count), timeout)
      }
      if count >= 0 { return Int(count) }
      guard errno == EINTR else { throw Errno(errno, call: "epoll_wait") }
    }
  }
}
