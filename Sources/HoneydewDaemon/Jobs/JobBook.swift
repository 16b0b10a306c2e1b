internal import HoneydewCore
internal import HoneydewRPC
internal import HoneydewStore

/// The jobs as the daemon sees them: the pending ones in order, the running ones, and the changes of this turn. All
/// else is read from the store.
final class JobBook {
  private var store: Store
  private(set) var queue = PendingQueue()
  /// The unended jobs of schedules, by the schedules' names.
  private var unended: [String: Set<Int64>] = [:]
  /// What holds pending jobs back.
  var throttle: Throttle
  /// The jobs whose attempt runs, by id.
  private(set) var running: [String: Job] = [:]
  /// As this turn has it; after a failed commit memory is ahead of the disk.
  private(set) var counts: [JobStatus: Int] = [:]
  private(set) var committedCounts: [JobStatus: Int] = [:]
  /// What this turn has changed, by id, in order.
  private var changes: [String: Change] = [:]
  private var changeOrder: [String] = []
  private var history: [StoreWrite] = []
  private var changedIDs: [Int64: String] = [:]
  private var newKeys: [String: String] = [:]
  private(set) var lastSequence: Int64

  private struct Change {
    var job: Job
    var isNew: Bool
  }

  /// Loads what the store holds. Jobs that run there but not in `live` were interrupted by the daemon's end: they go
  /// back to pending.
  ///
  /// - Parameters:
  ///   - throttle: the limits and rests that hold; pauses are read from the store.
  ///   - live: the attempts that workers hold, when the store is opened again under a running pool.
  init(
    store: Store, throttle: Throttle, live: Set<WorkID>, now: Duration, wallNow: Timestamp
  ) throws(StoreError) {
    self.store = store
    self.throttle = throttle
    self.throttle.forgetRunning()
    self.throttle.pauses = Throttle.Pauses(text: try store.config(key: Throttle.Pauses.configKey) ?? "")
    self.throttle.resumeRests(try store.config(key: Throttle.restsKey) ?? "", at: now, wallNow: wallNow)
    lastSequence = try store.lastSequence
    counts = try store.counts()
    committedCounts = counts
    let interrupted = try store.runningJobs()
    for job in interrupted { if let origin = job.origin { unended[origin.schedule, default: []].insert(job.sequence) } }
    var queue = PendingQueue()
    // A million jobs are of a few kinds, one after the other.
    var (command, lane) = ("", PendingQueue.Lane(command: "", environment: nil))
    try store.pendingJobs { job in
      if job.command != command || job.environment != lane.environment {
        (command, lane) = (job.command, .init(command: job.command, environment: job.environment))
      }
      var start = PendingQueue.Start(job.nextRunAt, afterAttempt: job.attempt, now: now, wallNow: wallNow)
      if let schedule = job.schedule {
        if job.isSerial, hasUnendedJobs(of: schedule) { start = .held(schedule: schedule) }
        unended[schedule, default: []].insert(job.sequence)
      }
      queue.insert(sequence: job.sequence, priority: job.priority, lane: lane, start: start)
    }
    self.queue = queue
    for var job in interrupted {
      running[job.id] = job
      self.throttle.started(PendingQueue.Lane(job).provider)
      guard !live.contains(WorkID(id: job.id, attempt: job.attempt)) else { continue }
      let ending = job.end(attempt: job.attempt, .interrupted, command: nil, jitter: 0, at: wallNow)
      if let ending { update(job, ending, .interrupted, now: now) }
    }
  }

  /// Whether this turn has changed the job, so that the store does not show it as it is.
  func hasChanged(_ id: String) -> Bool { changes[id] != nil }

  var hasChanges: Bool { !changes.isEmpty || !history.isEmpty }

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

  /// The jobs with these ids, or whose ids alone begin with them, and whether each has ended.
  func endings(of texts: [String]) throws(Status) -> [String: Bool] {
    let statuses: [String: JobStatus]
    do throws(StoreError) {
      statuses = try store.statuses(ids: texts)
    } catch {
      throw .storeUnavailable
    }
    var endings: [String: Bool] = [:]
    for text in texts {
      if let status = statuses[text], !hasChanged(text) {
        endings[text] = status.isEnd
      } else {
        let job = try find(text)
        endings[job.id] = job.status.isEnd
      }
    }
    return endings
  }

  func nextSequence() -> Int64 {
    lastSequence += 1
    return lastSequence
  }

  /// The job that was submitted under this key.
  func job(idempotencyKey key: String) throws(StoreError) -> Job? {
    if let job = newKeys[key].flatMap({ changes[$0]?.job }) { return job }
    guard let job = try store.job(idempotencyKey: key) else { return nil }
    return try self.job(id: job.id)
  }

  /// Adds a new job. One with a moment in the future waits for it.
  func insert(_ job: Job, wallNow: Timestamp) {
    counts[.pending, default: 0] += 1
    let start = job.nextRunAt.map { $0 > wallNow ? PendingQueue.Start.at($0) : .now }
    queue.insert(
      sequence: job.sequence, priority: job.priority, lane: .init(job), start: holdingBack(job) ?? start ?? .now)
    if let key = job.idempotency?.key { newKeys[key] = job.id }
    note(job, isNew: true)
  }

  /// Takes the first job that may run now out of the queue; the caller starts it, refuses it or puts it back.
  func takeNext(now: Duration, wallNow: Timestamp) throws(StoreError) -> Job? {
    while let sequence = queue.next(at: now, wallNow: wallNow, admits: { throttle.admits($0, at: now) }) {
      // Its row may be older than this turn.
      let changed = changedIDs[sequence].flatMap { changes[$0]?.job }
      let job = if let changed { changed } else { try store.job(sequence: sequence) }
      if let job, job.status == .pending { return job }
    }
    return nil
  }

  /// Puts back what `takeNext` gave.
  ///
  /// - Parameter moment: when to try again (monotonic time).
  func putBack(_ job: Job, until moment: Duration) {
    queue.insert(sequence: job.sequence, priority: job.priority, lane: .init(job), start: .after(moment))
  }

  /// Notes that what `takeNext` gave is to be tried again later, at a cost that its row must show.
  ///
  /// - Parameter moment: when to try again (monotonic time).
  func postpone(_ job: Job, until moment: Duration) {
    putBack(job, until: moment)
    note(job)
  }

  func start(_ job: Job) {
    count(from: .pending, to: .running)
    running[job.id] = job
    throttle.started(PendingQueue.Lane(job).provider)
    note(job)
  }

  /// Notes the end of an attempt. One that did not end its job becomes history.
  func update(_ job: Job, _ ending: AttemptEnding, _ outcome: PastAttempt.Outcome, now: Duration) {
    running[job.id] = nil
    throttle.ended(PendingQueue.Lane(job).provider)
    count(from: .running, to: job.status)
    switch ending {
    case .completed, .failed: return note(job)
    case .requeued: queue.insert(sequence: job.sequence, priority: job.priority, lane: .init(job))
    case .retrying(let delay):
      queue.insert(sequence: job.sequence, priority: job.priority, lane: .init(job), start: .after(now + delay))
    }
    note(job)
    remember(
      PastAttempt(
        attempt: job.attempt, worker: job.worker, startedAt: job.startedAt ?? job.updatedAt, endedAt: job.updatedAt,
        outcome: outcome, error: outcome == .interrupted ? nil : job.error), of: job)
  }

  /// Notes that an ended job is pending again.
  ///
  /// - Parameter before: the job as it had ended.
  func reopen(_ job: Job, from before: Job) throws(StoreError) {
    if let last = before.lastAttempt, try store.attempts(sequence: job.sequence).last?.attempt != last.attempt {
      remember(last, of: job)
    }
    count(from: before.status, to: .pending)
    queue.insert(sequence: job.sequence, priority: job.priority, lane: .init(job), start: holdingBack(job) ?? .now)
    note(job)
  }

  /// Notes that a pending job has another priority now.
  func reprioritize(_ job: Job, wallNow: Timestamp, now: Duration) {
    let start =
      queue.holder(of: job.sequence).map { PendingQueue.Start.held(schedule: $0) }
      ?? .init(job.nextRunAt, afterAttempt: job.attempt, now: now, wallNow: wallNow)
    queue.remove(sequence: job.sequence, lane: .init(job))
    queue.insert(sequence: job.sequence, priority: job.priority, lane: .init(job), start: start)
    note(job)
  }

  /// Notes that ended jobs are gone.
  func remove(_ jobs: [JobReference]) {
    for job in jobs {
      counts[job.status, default: 0] -= 1
      history.append(.removeJob(sequence: job.sequence))
    }
  }

  /// A job's attempts in order; the latest stands in the job itself.
  func attempts(of job: Job) throws(StoreError) -> [PastAttempt] {
    let past = try store.attempts(sequence: job.sequence)
    guard let last = job.lastAttempt, past.last?.attempt != last.attempt else { return past }
    return past + [last]
  }

  private func remember(_ attempt: PastAttempt, of job: Job) {
    history.append(.insertAttempt(sequence: job.sequence, attempt))
  }

  /// Notes a job that ended without its attempt: cancelled, or refused at dispatch.
  ///
  /// - Parameter previous: the status before.
  func end(_ job: Job, from previous: JobStatus, isQueued: Bool) {
    if previous == .pending, isQueued { queue.remove(sequence: job.sequence, lane: .init(job)) }
    if previous == .running {
      running[job.id] = nil
      throttle.ended(PendingQueue.Lane(job).provider)
    }
    count(from: previous, to: job.status)
    note(job)
  }

  /// Whether this turn has left an unended job in the environment. The store may not know it yet.
  func hasChangedUnendedJob(in environment: String) -> Bool {
    changes.values.contains { $0.job.environment == environment && !$0.job.status.isEnd }
  }

  /// The last job whose row is committed.
  var lastCommitted: Int64 {
    (changes.values.lazy.filter(\.isNew).map(\.job.sequence).min() ?? lastSequence + 1) - 1
  }

  /// Gives the jobs in memory other payloads, which rows that are committed get by writes of their own.
  func replacePayloads(_ replacement: (Job) -> [UInt8]) {
    for (id, job) in running { running[id]?.payload = replacement(job) }
    for (id, change) in changes { changes[id]?.job.payload = running[id]?.payload ?? replacement(change.job) }
  }

  /// The turn's writes, in the order of the jobs' first change.
  var writes: [StoreWrite] {
    changeOrder.compactMap { id in
      changes[id].map { $0.isNew ? .insertJob($0.job) : .updateJob($0.job) }
    } + history
  }

  /// - Parameter areCommitted: whether the store has them; without it they are as if never made.
  func forgetChanges(areCommitted: Bool) {
    if areCommitted { committedCounts = counts }
    changes.removeAll(keepingCapacity: true)
    changeOrder.removeAll(keepingCapacity: true)
    changedIDs.removeAll(keepingCapacity: true)
    newKeys.removeAll(keepingCapacity: true)
    history.removeAll(keepingCapacity: true)
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
    if let origin = job.origin { noteUnended(job, origin.schedule) }
  }

  // MARK: jobs of schedules

  func hasUnendedJobs(of schedule: String) -> Bool { unended[schedule]?.isEmpty == false }

  /// The youngest job of a schedule that has not ended.
  func latestUnendedJob(of schedule: String) throws(StoreError) -> Job? {
    guard let sequence = unended[schedule]?.max() else { return nil }
    if let changed = changedIDs[sequence].flatMap({ changes[$0]?.job }) { return changed }
    return try store.job(sequence: sequence)
  }

  /// Holds a job back that must wait for others of its schedule.
  private func holdingBack(_ job: Job) -> PendingQueue.Start? {
    guard let origin = job.origin, origin.isSerial, hasUnendedJobs(of: origin.schedule) else { return nil }
    return .held(schedule: origin.schedule)
  }

  /// Keeps the unended jobs of a schedule; when all that may run have ended, the next one that was held back may.
  private func noteUnended(_ job: Job, _ schedule: String) {
    guard job.status.isEnd else {
      unended[schedule, default: []].insert(job.sequence)
      return
    }
    unended[schedule]?.remove(job.sequence)
    let left = unended[schedule]?.count ?? 0
    if left == 0 { unended[schedule] = nil }
    if left > 0, left == queue.heldCount(for: schedule) { queue.release(schedule) }
  }
}

extension PendingQueue.Lane {
  init(_ job: Job) {
    self.init(command: job.command, environment: job.environment)
  }

  init(command: String, environment: String?) {
    let provider = command.utf8.prefix { $0 != UInt8(ascii: ".") }
    self.init(environment: environment, provider: String(Substring(provider)))
  }
}

extension PendingQueue.Start {
  /// When a pending job may run that was read from the store.
  init(_ nextRunAt: Timestamp?, afterAttempt attempt: Int32, now: Duration, wallNow: Timestamp) {
    guard let nextRunAt, nextRunAt > wallNow else {
      self = .now
      return
    }
    // A clock that was set must not stretch a wait between attempts beyond the longest one: an hour of rest.
    self = attempt == 0 ? .at(nextRunAt) : .after(now + min(nextRunAt - wallNow, Throttle.longestRest))
  }
}
