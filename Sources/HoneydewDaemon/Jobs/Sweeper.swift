internal import HoneydewConfig
internal import HoneydewCore
internal import HoneydewRPC
internal import HoneydewStore
internal import HoneydewSystem

/// Work on many jobs in small steps, one a turn: clients' operations, and the retention of ended jobs.
struct Sweeper {
  /// Jobs that one step changes.
  static let step = 200
  /// Sequences that one step walks through.
  static let window: Int64 = 20_000
  /// Between two looks at the retention.
  static let interval = Duration.seconds(60)

  var retention: Settings.Queue.Retention
  /// What clients have asked for, in turn.
  var operations: [Operation] = []
  /// When the retention is due (monotonic time).
  var retentionDue: Duration
  /// Pages that removals left behind are to be given back.
  var hasFreePages = false

  init(retention: Settings.Queue.Retention, now: Duration) {
    self.retention = retention
    retentionDue = now
  }

  /// When the next step is due (monotonic time); zero is at once.
  var deadline: Duration { operations.isEmpty && !hasFreePages ? retentionDue : .zero }
}

extension Supervisor {
  /// One step, in this turn.
  func sweep() {
    guard let store else { return }
    do throws(StoreError) {
      if !sweeper.operations.isEmpty {
        let operation = sweeper.operations.removeFirst()
        if try !operation.step(store) { sweeper.operations.append(operation) }
      } else if sweeper.retentionDue <= now {
        try retain(store)
      } else if sweeper.hasFreePages {
        sweeper.hasFreePages = try store.vacuum(pages: 64) > 0
      }
    } catch {
      storeFailed(error)
    }
  }

  /// Removes ended jobs that are too old or too many, oldest submissions first. A job waits for older ones that ended
  /// later, so that a step need not look further than its own size.
  private func retain(_ store: Store) throws(StoreError) {
    let ends = JobStatus.allCases.filter(\.isEnd)
    let total = ends.reduce(0) { $0 + (jobs.counts[$1] ?? 0) }
    var excess = max(0, total - sweeper.retention.maximumJobs)
    let cutoff = wallNow + .seconds(-86400 * sweeper.retention.maximumAgeDays)
    let oldest = try store.jobReferences(filter: JobFilter(statuses: Set(ends)), limit: Sweeper.step)
    let removable = oldest.prefix { job in
      excess -= 1
      return excess >= 0 || job.completedAt.map { $0 < cutoff } ?? false
    }
    remove(removable.filter { !jobs.hasChanged($0.id) })
    let isDone = removable.count < Sweeper.step
    sweeper.retentionDue = isDone ? now + Sweeper.interval : now
  }

  /// Removes ended jobs, and after the commit their files.
  func remove(_ references: [JobReference]) {
    guard !references.isEmpty else { return }
    jobs.remove(references)
    sweeper.hasFreePages = true
    let files = references.compactMap(\.resultFile).map { "\(home.results)/\($0)" }
    turn.afterCommit {
      for file in files { _ = try? Files.remove(file) }
    }
  }
}
