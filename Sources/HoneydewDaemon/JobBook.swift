internal import HoneydewCore
internal import HoneydewRPC
internal import HoneydewStore

/// The jobs as the daemon sees them: the pending ones in order, the running ones, and the changes of this turn. All
/// else is read from the store.
final class JobBook {
  private var store: Store
  private(set) var queue = PendingQueue()
  /// The jobs whose attempt runs, by id.
  private(set) var running: [String: Job] = [:]
  private(set) var counts: [JobStatus: Int] = [:]
  /// What this turn has changed, by id, in order.
  private var changes: [String: Change] = [:]
  private var changeOrder: [String] = []
  private var changedIDs: [Int64: String] = [:]
  private var lastSequence: Int64

  private struct Change {
    var job: Job
    var isNew: Bool
  }

  /// Loads what the store holds. Jobs that run there but not in `live` were interrupted by the daemon's end: they go
  /// back to pending.
  ///
  /// - Parameter live: the attempts that workers hold, when the store is opened again under a running pool.
  init(store: Store, live: Set<WorkID>, now: Duration, wallNow: Timestamp) throws(StoreError) {
    self.store = store
    lastSequence = try store.lastSequence
    counts = try store.counts()
    var queue = PendingQueue()
    try store.pendingJobs { job in
      if let notBefore = job.nextRunAt, notBefore > wallNow {
        // A clock that was set must not delay a backoff beyond its maximum.
        let wait = min(notBefore - wallNow, Backoff.jobs.maximum)
        queue.insert(sequence: job.sequence, priority: job.priority, notBefore: now + wait)
      } else {
        queue.insert(sequence: job.sequence, priority: job.priority)
      }
    }
    self.queue = queue
    for var job in try store.runningJobs() {
      running[job.id] = job
      guard !live.contains(WorkID(id: job.id, attempt: job.attempt)) else { continue }
      let ending = job.end(attempt: job.attempt, .interrupted, command: nil, jitter: 0, at: wallNow)
      if let ending { update(job, ending, now: now) }
    }
  }

  var hasChanges: Bool { !changes.isEmpty }

  /// The job with this id, or whose id alone begins with it.
  func find(_ text: String) throws(Status) -> Job {
    let candidates: [String]
    do throws(StoreError) {
      if let job = try job(id: text) { return job }
      candidates = text.isEmpty || text.utf8.count >= 13 ? [] : try store.jobIDs(withPrefix: text, limit: 5)
      if candidates.count == 1, let job = try job(id: candidates[0]) { return job }
    } catch {
      throw .storeUnavailable
    }
    throw candidates.isEmpty ? .jobNotFound(text) : .ambiguousJob(text, candidates: candidates)
  }

  private func job(id: String) throws(StoreError) -> Job? {
    if let change = changes[id] { return change.job }
    if let job = running[id] { return job }
    return try store.job(id: id)
  }

  func nextSequence() -> Int64 {
    lastSequence += 1
    return lastSequence
  }

  func insert(_ job: Job) {
    counts[.pending, default: 0] += 1
    queue.insert(sequence: job.sequence, priority: job.priority)
    note(job, isNew: true)
  }

  /// Takes the first job that may run now out of the queue; the caller starts or refuses it.
  func takeNext(now: Duration) throws(StoreError) -> Job? {
    while let sequence = queue.next(at: now) {
      // Its row may be older than this turn.
      let changed = changedIDs[sequence].flatMap { changes[$0]?.job }
      let job = if let changed { changed } else { try store.job(sequence: sequence) }
      if let job, job.status == .pending { return job }
    }
    return nil
  }

  /// Puts back what `takeNext` gave.
  func putBack(_ job: Job) {
    queue.insert(sequence: job.sequence, priority: job.priority)
  }

  func start(_ job: Job) {
    count(from: .pending, to: .running)
    running[job.id] = job
    note(job)
  }

  /// Notes the end of an attempt.
  func update(_ job: Job, _ ending: AttemptEnding, now: Duration) {
    running[job.id] = nil
    count(from: .running, to: job.status)
    switch ending {
    case .completed, .failed: break
    case .requeued: queue.insert(sequence: job.sequence, priority: job.priority)
    case .retrying(let delay):
      queue.insert(sequence: job.sequence, priority: job.priority, notBefore: now + delay)
    }
    note(job)
  }

  /// Notes a job that ended without its attempt: cancelled, or refused at dispatch.
  ///
  /// - Parameter previous: the status before.
  func end(_ job: Job, from previous: JobStatus, isQueued: Bool) {
    if previous == .pending, isQueued { queue.remove(sequence: job.sequence) }
    running[job.id] = nil
    count(from: previous, to: job.status)
    note(job)
  }

  /// Whether this turn has left an unended job in the environment. The store may not know it yet.
  func hasChangedUnendedJob(in environment: String) -> Bool {
    changes.values.contains { $0.job.environment == environment && !$0.job.status.isEnd }
  }

  /// The turn's writes, in the order of the jobs' first change.
  var writes: [StoreWrite] {
    changeOrder.compactMap { id in
      changes[id].map { $0.isNew ? .insertJob($0.job) : .updateJob($0.job) }
    }
  }

  func forgetChanges() {
    changes.removeAll(keepingCapacity: true)
    changeOrder.removeAll(keepingCapacity: true)
    changedIDs.removeAll(keepingCapacity: true)
  }

  private func count(from previous: JobStatus, to next: JobStatus) {
    counts[previous, default: 0] -= 1
    counts[next, default: 0] += 1
  }

  private func note(_ job: Job, isNew: Bool = false) {
    if changes[job.id] == nil {
      changeOrder.append(job.id)
      changedIDs[job.sequence] = job.id
    }
    changes[job.id] = Change(job: job, isNew: isNew || changes[job.id]?.isNew == true)
  }
}
