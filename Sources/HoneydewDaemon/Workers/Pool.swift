internal import HoneydewCore

/// Workers that carry out the same kind of commands: how many there may be, and how they fare.
final class Pool {
  let name: String
  /// What the configuration says.
  let configuredSize: Int
  /// How many workers there may be.
  private(set) var size: Int
  /// By their numbers. Above `size` are those that are on their way out.
  private(set) var workers: [Worker] = []
  private var intensity: CrashIntensity
  private var starts: StartBudget
  private var latestDeath = ""
  private let makeSlot: () -> Slot

  /// - Parameter makeSlot: a slot without a process.
  init(name: String, size: Int, makeSlot: @escaping () -> Slot) {
    self.name = name
    (self.size, configuredSize) = (size, size)
    self.makeSlot = makeSlot
    intensity = CrashIntensity(poolSize: size)
    starts = StartBudget(poolSize: size)
    grow()
  }

  /// Whether processes are started when there is work for them.
  var isOnDemand: Bool { name != PoolRules.api }

  var hasFreeWorker: Bool { workers.contains(where: \.isFree) }

  /// Whether no worker takes another job.
  var areAllStopping: Bool { workers.allSatisfy { $0.slot.plan == .stop } }

  /// Processes that are free, or will be without anybody's doing.
  var comingCount: Int { workers.count { $0.isFree || $0.slot.isComing } }

  /// Changes how many workers there may be, and gives places to those that are more.
  ///
  /// - Returns: the workers that are too many now, and those that were on their way out and may stay.
  func resize(to size: Int) -> (leaving: [Worker], staying: [Worker]) {
    let earlier = self.size
    self.size = size
    intensity = CrashIntensity(poolSize: size)
    starts = StartBudget(poolSize: size)
    grow()
    return (
      workers.filter { $0.number > size }, workers.filter { (earlier + 1..<max(size, earlier) + 1).contains($0.number) }
    )
  }

  /// Gives up the places that are too many and have no process.
  ///
  /// - Returns: whether there were some.
  func shrink() -> Bool {
    let count = workers.count
    while workers.count > size, workers.last?.slot.state == .stopped { workers.removeLast() }
    return workers.count != count
  }

  private func grow() {
    while workers.count < size {
      workers.append(Worker(number: workers.count + 1, pool: self, slot: makeSlot()))
    }
  }

  /// When the next process may be started after one was lost.
  func bookStart(at now: Duration) -> Duration { starts.book(at: now) }

  /// Notes that a process was lost.
  ///
  /// - Returns: the trouble that the pool is in by it, when it was not before.
  func noteDeath(_ what: String, at now: Duration) -> String? {
    latestDeath = what
    return intensity.note(at: now) ? trouble(at: now) : nil
  }

  /// What is wrong with the pool as a whole; nil for nothing.
  func trouble(at now: Duration) -> String? {
    guard intensity.isExceeded(at: now) else { return nil }
    let of = isOnDemand ? " of the pool \(name)" : ""
    return
      "more than \(intensity.limit) workers\(of) died within \(DurationText.format(CrashIntensity.window)), the last one: "
      + latestDeath
  }
}
