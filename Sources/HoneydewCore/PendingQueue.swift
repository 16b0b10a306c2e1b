/// The pending jobs in the order in which they run: priority descending, then submission order. Jobs that may not run
/// yet wait in heaps by time; the others in one heap a lane, so that a lane that is held back holds up no other.
///
/// A job costs at most 48 bytes here; the rest of it stays in the store.
public struct PendingQueue {
  /// What can be held back together: the jobs of one command in one environment and pool.
  public struct Lane: Hashable, Sendable {
    public let command: String
    /// The environment's name; nil for commands that call no API.
    public let environment: String?
    /// The name of the pool.
    public let pool: String
    /// The part of the command's name before its first dot.
    public let provider: String

    public init(command: String, environment: String?, pool: String = PoolRules.api) {
      self.command = command
      self.environment = environment
      self.pool = pool
      provider = String(Substring(command.utf8.prefix { $0 != UInt8(ascii: ".") }))
    }

    public static func == (left: Lane, right: Lane) -> Bool {
      left.command == right.command && left.environment == right.environment && left.pool == right.pool
    }

    public func hash(into hasher: inout Hasher) {
      hasher.combine(command)
      hasher.combine(environment)
      hasher.combine(pool)
    }
  }

  /// When a job may run at the earliest.
  public enum Start: Equatable, Sendable {
    case now
    /// Monotonic time: the end of a backoff.
    case after(Duration)
    /// Wall time: what the submitter asked for.
    case at(Timestamp)
    /// When `release` says so: other jobs of this schedule come first.
    case held(group: String)
  }

  private struct Ready {
    var sequence: Int64
    var priority: Int32
    var stamp: UInt32
  }

  private struct Delayed<Moment> {
    var notBefore: Moment
    var ready: Ready
    var lane: Int32
  }

  private struct Held {
    var sequence: Int64
    var priority: Int32
    var lane: Lane
  }

  /// Entries are left in their heaps when their job is taken out; a job's stamp tells them from one that is valid.
  private struct Stamp {
    var current: UInt32 = 0
    var staleEntries = 0
    var isQueued = false
  }

  public private(set) var lanes: [Lane] = []
  private var indices: [Lane: Int32] = [:]
  private var latest: Int32 = 0
  private var ready: [Heap<Ready>] = []
  private var counts: [Int] = []
  private var backoffs = Heap<Delayed<Duration>> {
    ($0.notBefore, $0.ready.sequence) < ($1.notBefore, $1.ready.sequence)
  }
  private var appointments = Heap<Delayed<Timestamp>> {
    ($0.notBefore, $0.ready.sequence) < ($1.notBefore, $1.ready.sequence)
  }
  /// Jobs that wait for others of their schedule, and by their sequences the schedules.
  private var held: [String: [Held]] = [:]
  private var holders: [Int64: String] = [:]
  /// Only of jobs with entries that are not valid any more.
  private var stamps: [Int64: Stamp] = [:]
  private var staleCount = 0

  public init() {}

  /// How many jobs are pending, delayed ones included.
  public private(set) var count = 0
  /// How many of them may not run yet.
  public var delayedCount: Int {
    guard !stamps.isEmpty else { return backoffs.count + appointments.count + holders.count }
    return backoffs.elements.count { isValid($0.ready) } + appointments.elements.count { isValid($0.ready) }
      + holders.count
  }
  /// Entries in the heaps, of jobs that were taken out too.
  var entryCount: Int { ready.reduce(backoffs.count + appointments.count) { $0 + $1.count } }
  /// How many of them are in this lane.
  public func count(in lane: Lane) -> Int { indices[lane].map { counts[Int($0)] } ?? 0 }

  /// Adds a job that is not in the queue.
  public mutating func insert(sequence: Int64, priority: Int32, lane: Lane, start: Start = .now) {
    let index = index(of: lane)
    count += 1
    counts[Int(index)] += 1
    func entry() -> Ready {
      stamps[sequence]?.isQueued = true
      return Ready(sequence: sequence, priority: priority, stamp: stamps[sequence]?.current ?? 0)
    }
    switch start {
    case .now: ready[Int(index)].insert(entry())
    case .after(let moment): backoffs.insert(Delayed(notBefore: moment, ready: entry(), lane: index))
    case .at(let moment): appointments.insert(Delayed(notBefore: moment, ready: entry(), lane: index))
    case .held(let schedule):
      held[schedule, default: []].append(Held(sequence: sequence, priority: priority, lane: lane))
      holders[sequence] = schedule
    }
  }

  /// Takes out a job that is in the queue, in this lane.
  public mutating func remove(sequence: Int64, lane: Lane) {
    count -= 1
    counts[Int(index(of: lane))] -= 1
    if let schedule = holders.removeValue(forKey: sequence) {
      held[schedule]?.removeAll { $0.sequence == sequence }
      if held[schedule]?.isEmpty == true { held[schedule] = nil }
      return
    }
    let stamp = stamps[sequence] ?? Stamp()
    stamps[sequence] = Stamp(current: stamp.current + 1, staleEntries: stamp.staleEntries + 1)
    staleCount += 1
    if staleCount > max(count, 1024) { compact() }
  }

  /// The schedule that a job is held for.
  public func holder(of sequence: Int64) -> String? { holders[sequence] }

  /// How many jobs are held for a schedule.
  public func heldCount(for schedule: String) -> Int { held[schedule]?.count ?? 0 }

  /// Lets the first job that is held for a schedule take its place among the others.
  public mutating func release(_ schedule: String) {
    let first = held[schedule]?.min { ($1.priority, $0.sequence) < ($0.priority, $1.sequence) }
    guard let first else { return }
    remove(sequence: first.sequence, lane: first.lane)
    insert(sequence: first.sequence, priority: first.priority, lane: first.lane)
  }

  /// The first job that may run, of the lanes that are admitted; it is taken out.
  ///
  /// - Parameters:
  ///   - now: monotonic time.
  ///   - wallNow: the same moment on the wall clock.
  public mutating func next(at now: Duration, wallNow: Timestamp, admits: (Lane) -> Bool = { _ in true }) -> Int64? {
    takeUpDelayed(at: now, wallNow: wallNow)
    var best: (lane: Int, entry: Ready)?
    for lane in ready.indices {
      guard let top = validTop(of: lane) else { continue }
      // Some hundred lanes are looked at each time, so a lane is asked about only when its first job would be the next.
      if let best, (best.entry.priority, top.sequence) >= (top.priority, best.entry.sequence) { continue }
      if admits(lanes[lane]) { best = (lane, top) }
    }
    guard let best else { return nil }
    _ = ready[best.lane].popTop()
    count -= 1
    counts[best.lane] -= 1
    forget(best.entry)
    return best.entry.sequence
  }

  /// About how many jobs may run of the lanes that are admitted: of those that were taken out, some still count.
  public mutating func readyCount(at now: Duration, wallNow: Timestamp, admits: (Lane) -> Bool) -> Int {
    takeUpDelayed(at: now, wallNow: wallNow)
    return ready.indices.reduce(0) { $0 + (ready[$1].count > 0 && admits(lanes[$1]) ? ready[$1].count : 0) }
  }

  private mutating func takeUpDelayed(at now: Duration, wallNow: Timestamp) {
    while let first = backoffs.top, first.notBefore <= now {
      _ = backoffs.popTop()
      ready[Int(first.lane)].insert(first.ready)
    }
    while let first = appointments.top, first.notBefore <= wallNow {
      _ = appointments.popTop()
      ready[Int(first.lane)].insert(first.ready)
    }
  }

  /// The oldest job that may run, whatever its priority; nil without one. It looks at all that are in the queue.
  ///
  /// - Parameters:
  ///   - now: monotonic time.
  ///   - wallNow: the same moment on the wall clock.
  public func oldestReady(at now: Duration, wallNow: Timestamp) -> Int64? {
    var oldest = Int64.max
    func look(at entry: Ready) {
      if entry.sequence < oldest, isValid(entry) { oldest = entry.sequence }
    }
    for lane in ready { for entry in lane.elements { look(at: entry) } }
    for entry in backoffs.elements where entry.notBefore <= now { look(at: entry.ready) }
    for entry in appointments.elements where entry.notBefore <= wallNow { look(at: entry.ready) }
    return oldest == .max ? nil : oldest
  }

  /// When the first backoff ends (monotonic time).
  public var nextBackoffEnd: Duration? { backoffs.top?.notBefore }
  /// When the first job may run that was submitted for a moment (wall time).
  public var nextAppointment: Timestamp? { appointments.top?.notBefore }

  private mutating func index(of lane: Lane) -> Int32 {
    // Jobs come in series of the same kind.
    if lanes.indices.contains(Int(latest)), lanes[Int(latest)] == lane { return latest }
    if let index = indices[lane] {
      latest = index
      return index
    }
    let index = Int32(lanes.count)
    indices[lane] = index
    lanes.append(lane)
    counts.append(0)
    ready.append(Heap { ($1.priority, $0.sequence) < ($0.priority, $1.sequence) })
    return index
  }

  private func isValid(_ entry: Ready) -> Bool {
    stamps.isEmpty || entry.stamp == stamps[entry.sequence]?.current ?? 0
  }

  /// The first entry of a lane that is valid; those before it go.
  private mutating func validTop(of lane: Int) -> Ready? {
    while let top = ready[lane].top {
      if isValid(top) { return top }
      _ = ready[lane].popTop()
      dropStale(top)
    }
    return nil
  }

  private mutating func dropStale(_ entry: Ready) {
    guard var stamp = stamps[entry.sequence] else { return }
    staleCount -= 1
    stamp.staleEntries -= 1
    stamps[entry.sequence] = stamp.staleEntries == 0 && !stamp.isQueued ? nil : stamp
  }

  /// Notes that a valid entry has left. Its stamp must not be given again while older entries remain.
  private mutating func forget(_ entry: Ready) {
    guard let stamp = stamps[entry.sequence] else { return }
    stamps[entry.sequence] =
      stamp.staleEntries == 0 ? nil : Stamp(current: stamp.current + 1, staleEntries: stamp.staleEntries)
  }

  /// Throws away all entries that are not valid, and with them the need for stamps.
  private mutating func compact() {
    func fresh(_ entry: Ready) -> Ready? {
      isValid(entry) ? Ready(sequence: entry.sequence, priority: entry.priority, stamp: 0) : nil
    }
    func fresh<Moment>(_ entry: Delayed<Moment>) -> Delayed<Moment>? {
      fresh(entry.ready).map { Delayed(notBefore: entry.notBefore, ready: $0, lane: entry.lane) }
    }
    ready = ready.map { $0.compactMap(fresh) }
    backoffs = backoffs.compactMap(fresh)
    appointments = appointments.compactMap(fresh)
    stamps = [:]
    staleCount = 0
  }
}
