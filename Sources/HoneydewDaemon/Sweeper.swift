internal import HoneydewConfig
internal import HoneydewCore
internal import HoneydewRPC
internal import HoneydewStore
internal import HoneydewSystem

/// Work on many jobs in small steps, one a turn: the retention of ended jobs, and operators' bulk operations.
struct Sweeper {
  /// Jobs that one step changes.
  static let step = 200
  /// Sequences that one step walks through.
  static let window: Int64 = 20_000
  /// Between two looks at the retention.
  static let interval = Duration.seconds(60)

  /// An operation on all jobs that match a filter, as far as it has come.
  struct BulkOperation {
    let filter: JobFilter
    /// Changes some of the jobs in this turn's decisions.
    ///
    /// - Returns: how many it changed.
    let apply: ([JobReference]) throws(Status) -> Int
    /// Called once, with the number of changed jobs.
    let completion: (Result<Int, Status>) -> Void
    /// The last sequence that there was at the beginning.
    let end: Int64
    var position: Int64 = 0
    var changed = 0
  }

  let retention: Settings.Queue.Retention
  var operations: [BulkOperation] = []
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
        try advanceOperation(store)
      } else if sweeper.retentionDue <= now {
        try retain(store)
      } else if sweeper.hasFreePages {
        sweeper.hasFreePages = try store.vacuum(pages: 64) > 0
      }
    } catch {
      storeFailed(error)
    }
  }

  /// Fails the operations that a store which went down has cut off.
  func abandonOperations() {
    let operations = sweeper.operations
    sweeper.operations = []
    for operation in operations { operation.completion(.failure(.storeUnavailable)) }
  }

  private func advanceOperation(_ store: Store) throws(StoreError) {
    var operation = sweeper.operations.removeFirst()
    let end = operation.position + Sweeper.window
    let found = try store.jobReferences(
      filter: operation.filter, after: operation.position, upTo: end, limit: Sweeper.step)
    do throws(Status) {
      operation.changed += try operation.apply(found)
    } catch {
      return operation.completion(.failure(error))
    }
    operation.position = found.count == Sweeper.step ? found[Sweeper.step - 1].sequence : end
    guard operation.position < operation.end else { return operation.completion(.success(operation.changed)) }
    sweeper.operations.append(operation)
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
