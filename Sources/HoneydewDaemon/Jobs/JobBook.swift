internal import HoneydewCore
internal import HoneydewStore

/// The jobs as the daemon sees them: the pending ones in order, the running ones, and the changes of this turn. All
/// else is read from the store. Each transition is noted as an event.
final class JobBook: RowOwner {
  private let turn: Turn
  let gate: StoreGate
  private(set) var queue = PendingQueue()
  /// The unended jobs of schedules, by their groups.
  private var unended: [String: Set<Int64>] = [:]
  /// Decides which pending jobs are held back.
  var throttle: Throttle
  /// The jobs whose attempt runs, by id.
  private(set) var running: [String: Job] = [:]
  /// As this turn has it; after a failed commit memory is ahead of the disk.
  private(set) var counts: [JobStatus: Int] = [:]
  private(set) var committedCounts: [JobStatus: Int] = [:]
  /// What this turn has changed, by id, in order.
  private var changes: [String: JobChange] = [:]
  private var changeOrder: [String] = []
  private var history: [Turn.Write] = []
  private var removed: Set<String> = []
  private var changedIDs: [Int64: String] = [:]
  private var newKeys: [IdempotencyKey: String] = [:]
  /// Of the pending ones, those that need not be read from the store.
  private var written = WrittenJobs()
  private(set) var lastSequence: Int64 = 0
  /// Pages that removals left behind are to be given back.
  var hasFreePages = false

  init(turn: Turn, gate: StoreGate, throttle: Throttle) {
    self.turn = turn
    self.gate = gate
    self.throttle = throttle
  }

  /// Loads what the store holds. Jobs that run there but not in `live` were cut off by the daemon's end.
  ///
  /// - Parameters:
  ///   - live: the attempts that workers hold, when the store is opened again under a running pool.
  ///   - unbegun: those that are known not to have begun.
  @discardableResult
  func load(
    from store: Store, live: Set<WorkID>, unbegun: Set<WorkID> = []
  ) throws(StoreError) -> RecoveredJobs {
    var recovered = RecoveredJobs()
    let (now, wallNow) = (turn.now, turn.wallNow)
    forgetChanges()
    written.removeAll()
    throttle.forgetRunning()
    throttle.pauses = Throttle.Pauses(text: try store.config(key: Throttle.Pauses.configKey) ?? "")
    throttle.resumeRests(try store.config(key: Throttle.restsKey) ?? "", at: now, wallNow: wallNow)
    lastSequence = try store.lastSequence
    counts = try store.counts()
    committedCounts = counts
    // Of removals before; on a full disk they are the room that there is.
    if gate.isShortOfRoom { hasFreePages = true }
    let interrupted = try store.runningJobs()
    (unended, running) = ([:], [:])
    for job in interrupted { if let group = job.group { unended[group, default: []].insert(job.sequence) } }
    var queue = PendingQueue()
    // A million jobs are of a few kinds, one after the other.
    var (command, lane) = ("", PendingQueue.Lane(command: "", environment: nil))
    try store.pendingJobs { job in
      if job.command != command || job.environment != lane.environment || job.pool != lane.pool {
        (command, lane) = (job.command, .init(command: job.command, environment: job.environment, pool: job.pool))
      }
      var start = PendingQueue.Start(job.nextRunAt, afterAttempt: job.attempt, now: now, wallNow: wallNow)
      if let schedule = job.schedule {
        let group = JobOrigin.group(schedule, of: job.submitter)
        if job.isSerial, hasUnendedJobs(of: group) { start = .held(group: group) }
        unended[group, default: []].insert(job.sequence)
      }
      queue.insert(sequence: job.sequence, priority: job.priority, lane: lane, start: start)
    }
    self.queue = queue
    for var job in interrupted {
      running[job.id] = job
      throttle.started(PendingQueue.Lane(job))
      let work = WorkID(id: job.id, attempt: job.attempt)
      guard !live.contains(work) else { continue }
      let loss: Slot.Loss = unbegun.contains(work) ? .neverBegan : .daemonDied
      let ending = job.end(
        attempt: job.attempt, loss.outcome, command: job.registered, jitter: 0, at: wallNow)
      if let ending { update(job, ending, .interrupted, after: .zero) }
      if ending == .failed { recovered.failed += 1 } else { recovered.interrupted += 1 }
    }
    for work in live where running[work.id]?.attempt != work.attempt {
      guard var job = try job(id: work.id, store), job.status == .pending, job.attempt < work.attempt else { continue }
      let version = job.version
      // A worker carries it out, though the write that says so was lost: it must not be dispatched again.
      self.queue.remove(sequence: job.sequence, lane: .init(job))
      job.adopt(attempt: work.attempt, at: wallNow)
      count(from: .pending, to: .running)
      running[job.id] = job
      throttle.started(PendingQueue.Lane(job))
      change(job, .started, from: version)
    }
    recovered.pending = self.queue.count
    return recovered
  }

  /// Whether this turn has changed the job, so that the store does not show it as it is.
  func hasChanged(_ id: String) -> Bool { changes[id] != nil || removed.contains(id) }

  /// The job with this id, or the only one whose id begins with it, among those within reach: of no other does the answer
  /// say anything.
  func find(_ text: String, within reach: Access.Reach) throws(Refusal) -> Job {
    guard reach != .nobodys else { throw .jobNotFound(text) }
    let candidates = try gate.read { store throws(StoreError) -> [String] in
      if let job = try job(id: text, store), reach.includes(job.submitter) { return [job.id] }
      return text.isEmpty || text.utf8.count >= Job.idLength
        ? [] : try store.jobIDs(withPrefix: text, of: reach.submitter, limit: 5)
    }
    guard let id = candidates.first else { throw .jobNotFound(text) }
    guard candidates.count == 1 else { throw .ambiguousJob(text, candidates: candidates) }
    let found = try gate.read { store throws(StoreError) -> Job? in try job(id: id, store) }
    guard let found else { throw .jobNotFound(text) }
    return found
  }

  private func job(id: String, _ store: Store) throws(StoreError) -> Job? {
    if let change = changes[id] { return try whole(change, store) }
    if removed.contains(id) { return nil }
    if let job = running[id] { return job }
    return try store.job(id: id)
  }

  private func whole(_ change: JobChange, _ store: Store) throws(StoreError) -> Job {
    var job = change.job
    if change.isOutline, let payload = try store.payload(sequence: job.sequence) { job.payload = payload }
    return job
  }

  /// The job as this turn has it; nil when it is gone.
  func job(sequence: Int64) throws(Refusal) -> Job? {
    try gate.read { store throws(StoreError) in
      if let change = changedIDs[sequence].flatMap({ changes[$0] }) { return try whole(change, store) }
      return try store.job(sequence: sequence)
    }
  }

  /// The job as this turn has it, perhaps without its payload: enough to decide about it.
  func outline(sequence: Int64) throws(Refusal) -> Job? {
    if let changed = changedIDs[sequence].flatMap({ changes[$0]?.job }) { return changed }
    return try gate.read { store throws(StoreError) in try store.outline(sequence: sequence) }
  }

  func nextSequence() -> Int64 {
    lastSequence += 1
    return lastSequence
  }

  /// The job that its submitter gave this key.
  func job(idempotencyKey key: String, of submitter: UInt32) throws(Refusal) -> Job? {
    if let job = newKeys[IdempotencyKey(text: key, submitter: submitter)].flatMap({ changes[$0]?.job }) { return job }
    return try gate.read { store throws(StoreError) in
      guard let job = try store.job(idempotencyKey: key, of: submitter) else { return nil }
      return try self.job(id: job.id, store)
    }
  }

  /// Adds a new job. One with a moment in the future waits for it.
  func insert(_ job: Job) {
    counts[.pending, default: 0] += 1
    let start = job.nextRunAt.map { $0 > turn.wallNow ? PendingQueue.Start.at($0) : .now }
    queue.insert(
      sequence: job.sequence, priority: job.priority, lane: .init(job), start: holdingBack(job) ?? start ?? .now)
    if let key = job.idempotency?.key { newKeys[IdempotencyKey(text: key, submitter: job.submitter)] = job.id }
    change(job, .submitted, from: nil)
  }

  /// Takes the first job that may run now out of the queue; the caller starts it, refuses it or puts it back.
  ///
  /// - Parameters:
  ///   - pools: the names of those that have a free worker.
  ///   - refreshing: the environments whose tokens are being refreshed, by name: their calls wait.
  func takeNext(from pools: Set<String>, refreshing: Set<String> = []) throws(Refusal) -> Job? {
    while let sequence = queue.next(
      at: turn.now, wallNow: turn.wallNow,
      admits: { pools.contains($0.pool) && throttle.admits($0, refreshing: refreshing, at: turn.now) })
    {
      if let job = written[sequence] { return job }
      // Its row may be older than this turn.
      if let job = try job(sequence: sequence), job.status == .pending { return job }
    }
    return nil
  }

  /// About how many jobs could run now if their pool had workers for them.
  func waitingCount(for pool: String) -> Int {
    queue.readyCount(at: turn.now, wallNow: turn.wallNow) { $0.pool == pool && throttle.admits($0, at: turn.now) }
  }

  /// Puts back what `takeNext` gave.
  ///
  /// - Parameter moment: when to try again (monotonic time).
  func putBack(_ job: Job, until moment: Duration) {
    queue.insert(sequence: job.sequence, priority: job.priority, lane: .init(job), start: .after(moment))
  }

  /// Puts back what `takeNext` gave after a counted failure, which its row must show.
  ///
  /// - Parameter moment: when to try again (monotonic time).
  func postpone(_ job: Job, until moment: Duration) {
    putBack(job, until: moment)
    change(job, .retrying, from: job.version)
  }

  func start(_ job: Job) {
    count(from: .pending, to: .running)
    running[job.id] = job
    throttle.started(PendingQueue.Lane(job))
    change(job, .started, from: JobVersion(status: .pending, attempt: job.attempt - 1))
  }

  /// Notes the end of an attempt. One that did not end its job becomes history.
  ///
  /// - Parameters:
  ///   - duration: how long it took.
  ///   - report: what a local command reports of it.
  func update(
    _ job: Job, _ ending: AttemptEnding, _ outcome: PastAttempt.Outcome, report: [UInt8]? = nil,
    after duration: Duration
  ) {
    running[job.id] = nil
    throttle.ended(PendingQueue.Lane(job))
    count(from: .running, to: job.status)
    let version = JobVersion(status: .running, attempt: job.attempt)
    switch ending {
    case .completed: return change(job, .completed(after: duration), from: version)
    case .failed: return change(job, .failed(after: duration), from: version)
    case .requeued:
      queue.insert(sequence: job.sequence, priority: job.priority, lane: .init(job))
      change(job, .requeued, from: version)
    case .retrying(let delay):
      queue.insert(sequence: job.sequence, priority: job.priority, lane: .init(job), start: .after(turn.now + delay))
      change(job, .retrying, from: version)
    }
    remember(
      PastAttempt(
        attempt: job.attempt, worker: job.worker, startedAt: job.startedAt ?? job.updatedAt, endedAt: job.updatedAt,
        outcome: outcome, error: ending == .requeued && outcome == .interrupted ? nil : job.error, report: report),
      of: job)
  }

  /// Notes that an ended job is pending again.
  ///
  /// - Parameters:
  ///   - job: perhaps without its payload.
  ///   - before: the job as it had ended.
  func reopen(_ job: Job, from before: Job) throws(Refusal) {
    let recorded = try gate.read { store throws(StoreError) in try store.attempts(sequence: job.sequence).last }
    if let last = before.lastAttempt, recorded?.attempt != last.attempt { remember(last, of: job) }
    count(from: before.status, to: .pending)
    queue.insert(sequence: job.sequence, priority: job.priority, lane: .init(job), start: holdingBack(job) ?? .now)
    change(job, .reopened, from: before.version, isOutline: job.payload.isEmpty)
  }

  /// Notes that a pending job has another priority now.
  func reprioritize(_ job: Job) {
    let start =
      queue.holder(of: job.sequence).map { PendingQueue.Start.held(group: $0) }
      ?? .init(job.nextRunAt, afterAttempt: job.attempt, now: turn.now, wallNow: turn.wallNow)
    queue.remove(sequence: job.sequence, lane: .init(job))
    queue.insert(sequence: job.sequence, priority: job.priority, lane: .init(job), start: start)
    change(job, .reprioritized, from: job.version)
  }

  /// Notes that ended jobs are gone.
  func remove(_ jobs: [JobReference]) {
    for job in jobs {
      counts[job.status, default: 0] -= 1
      hasFreePages = true
      removed.insert(job.id)
      write(.removeJob(sequence: job.sequence, from: job.version))
      turn.note(JobEvent(removing: job))
    }
  }

  private func remember(_ attempt: PastAttempt, of job: Job) {
    write(.insertAttempt(sequence: job.sequence, attempt))
  }

  private func write(_ write: StoreWrite) {
    history.append(Turn.Write(write: write, decisions: [turn.decision]))
  }

  /// Notes a job, perhaps without its payload, that ended without its attempt: cancelled, or refused at dispatch.
  ///
  /// - Parameter previous: the status before.
  func end(_ job: Job, from previous: JobStatus, isQueued: Bool) {
    if previous == .pending, isQueued { queue.remove(sequence: job.sequence, lane: .init(job)) }
    if previous == .running {
      running[job.id] = nil
      throttle.ended(PendingQueue.Lane(job))
    }
    count(from: previous, to: job.status)
    change(
      job, job.status == .cancelled ? .cancelled : .failed(after: .zero),
      from: JobVersion(status: previous, attempt: job.attempt), isOutline: job.payload.isEmpty)
  }

  /// Whether this turn has left an unended job in the environment. The store may not know it yet.
  func hasChangedUnendedJob(in environment: String) -> Bool {
    changes.values.contains { $0.job.environment == environment && !$0.job.status.isEnd }
  }

  /// The last job whose row is committed.
  var lastCommitted: Int64 {
    (changes.values.lazy.filter { $0.from == nil }.map(\.job.sequence).min() ?? lastSequence + 1) - 1
  }

  /// Gives the jobs in memory other payloads, which rows that are committed get by writes of their own.
  func replacePayloads(_ replacement: (Job) -> [UInt8]) {
    for (id, job) in running { running[id]?.payload = replacement(job) }
    for (id, change) in changes { change.job.payload = running[id]?.payload ?? replacement(change.job) }
    written.removeAll()
  }

  // MARK: the turn's rows

  var hasChanges: Bool { !changes.isEmpty || !history.isEmpty }

  /// The turn's writes, in the order of the jobs' first change.
  var writes: [Turn.Write] {
    changeOrder.compactMap { changes[$0]?.write } + history
  }

  func turnEnded(isCommitted: Bool) {
    if isCommitted { committedCounts = counts }
    forgetChanges()
  }

  private func forgetChanges() {
    guard hasChanges else { return }
    changes.removeAll(keepingCapacity: true)
    changeOrder.removeAll(keepingCapacity: true)
    changedIDs.removeAll(keepingCapacity: true)
    newKeys.removeAll(keepingCapacity: true)
    history.removeAll(keepingCapacity: true)
    removed.removeAll(keepingCapacity: true)
  }

  private func count(from previous: JobStatus, to next: JobStatus) {
    counts[previous, default: 0] -= 1
    counts[next, default: 0] += 1
  }

  /// - Parameter version: what the job was before; nil for a new one. The turn's first change of a job names what its
  ///   committed row is.
  private func change(_ job: Job, _ kind: JobEvent.Kind, from version: JobVersion?, isOutline: Bool = false) {
    if let earlier = changes[job.id] {
      earlier.job = job
      earlier.isOutline = isOutline
      if earlier.decisions.last != turn.decision { earlier.decisions.append(turn.decision) }
    } else {
      changeOrder.append(job.id)
      changedIDs[job.sequence] = job.id
      changes[job.id] = JobChange(job, from: version, isOutline: isOutline, decision: turn.decision)
    }
    if isOutline { written.remove(job.sequence) } else { written.note(job) }
    if let group = job.group { noteUnended(job, group) }
    turn.note(JobEvent(kind, job))
  }

  // MARK: jobs of schedules

  func hasUnendedJobs(of group: String) -> Bool { unendedCount(of: group) > 0 }

  func unendedCount(of group: String) -> Int { unended[group]?.count ?? 0 }

  /// The youngest job of a schedule's group that has not ended.
  func latestUnendedJob(of group: String) throws(Refusal) -> Job? {
    guard let sequence = unended[group]?.max() else { return nil }
    return try job(sequence: sequence)
  }

  /// Holds a job back that must wait for others of its schedule.
  private func holdingBack(_ job: Job) -> PendingQueue.Start? {
    guard let group = job.group, job.origin?.isSerial == true, hasUnendedJobs(of: group) else { return nil }
    return .held(group: group)
  }

  /// Keeps the unended jobs of a schedule; when all that may run have ended, the next one that was held back may.
  private func noteUnended(_ job: Job, _ group: String) {
    guard job.status.isEnd else {
      unended[group, default: []].insert(job.sequence)
      return
    }
    unended[group]?.remove(job.sequence)
    let left = unended[group]?.count ?? 0
    if left == 0 { unended[group] = nil }
    if left > 0, left == queue.heldCount(for: group) { queue.release(group) }
  }
}
