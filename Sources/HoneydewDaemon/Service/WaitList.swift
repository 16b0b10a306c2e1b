internal import HoneydewCore
internal import HoneydewMessages
internal import HoneydewRPC
internal import HoneydewStore

/// The clients that wait for jobs to end: one `WaitJobs` stream each.
///
/// What a client costs is bounded in each turn: statuses are sent, and what a client that has left was waiting for is
/// forgotten, in the list's share of the turn.
final class WaitList: TurnOwner {
  /// All waits together may name so many jobs, of which each costs some forty bytes.
  static let limit = 4_000_000
  /// Of one turn.
  private static let share = Duration.milliseconds(3)
  /// Names that are forgotten between two looks at the clock.
  private static let sweep = 256

  private final class Wait {
    /// The jobs that are waited for, by sequence.
    var jobs: [Int64] = []
    /// Whether these are all.
    var isComplete = false
    /// How many of them have not ended.
    var open = 0
    /// Ended jobs whose status is not sent yet.
    var ended: ArraySlice<Int64> = []
    let call: StreamingCall<Honeydew_JobStatus>
    /// The end of the stream is decided.
    var isEnding = false
    /// It is among those with something to send.
    var isReady = false

    init(_ call: StreamingCall<Honeydew_JobStatus>) {
      self.call = call
    }
  }

  private let turn: Turn
  private let gate: StoreGate
  private let jobs: JobBook
  private let steps: StepQueue
  private let stopwatch: () -> Duration
  private let limit: Int
  private var waits: [Int32: Wait] = [:]
  private var latest: Int32 = 0
  /// The waits for each job; those of clients that have left may be among them until they are swept.
  private var waitsByJob: [Int64: [Int32]] = [:]
  /// Waits with statuses to send, in turn.
  private var ready: [Int32] = []
  /// What clients that have left were waiting for.
  private var left: [ArraySlice<Int64>] = []
  /// How many jobs all waits name, left ones included.
  private var named = 0

  /// - Parameter limit: of the jobs that all waits together name.
  init(
    turn: Turn, gate: StoreGate, jobs: JobBook, steps: StepQueue, limit: Int = WaitList.limit,
    stopwatch: @escaping () -> Duration
  ) {
    self.turn = turn
    self.gate = gate
    self.jobs = jobs
    self.steps = steps
    self.limit = limit
    self.stopwatch = stopwatch
  }

  /// Zero: at once.
  var deadline: Duration? { left.isEmpty && (ready.isEmpty || gate.store == nil) ? nil : .zero }

  /// Adds a stream, which sends each job's status once the job has ended, and then ends. Which jobs, `add` tells.
  ///
  /// - Returns: names the wait.
  func open(_ call: StreamingCall<Honeydew_JobStatus>) -> Int32 {
    latest &+= 1
    let key = latest
    waits[key] = Wait(call)
    call.onCancel = { [unowned self] in remove(key) }
    call.onWritable = { [unowned self] in markReady(key) }
    return key
  }

  /// Adds jobs to those that are waited for.
  ///
  /// - Parameters:
  ///   - jobs: each once.
  ///   - isLast: whether these are all.
  func add(_ jobs: [JobReference], to key: Int32, isLast: Bool) throws(Refusal) {
    guard let wait = waits[key] else { return }
    guard named + jobs.count <= limit else {
      throw Refusal(
        .tooManyWaits,
        "all clients together wait for \(named) jobs, and at most \(limit) are allowed; wait for fewer at a time")
    }
    named += jobs.count
    wait.jobs += jobs.map(\.sequence)
    wait.isComplete = isLast
    for job in jobs {
      if job.status.isEnd {
        wait.ended.append(job.sequence)
      } else {
        wait.open += 1
        waitsByJob[job.sequence, default: []].append(key)
      }
    }
    markReady(key)
  }

  /// Ends a wait for another reason than its jobs.
  func close(_ key: Int32, _ refusal: Refusal) {
    guard let wait = waits[key] else { return }
    remove(key)
    turn.refuse(wait.call, refusal)
  }

  func isAwaited(_ sequence: Int64) -> Bool { waitsByJob[sequence] != nil }

  func jobEnded(_ sequence: Int64) {
    for key in waitsByJob.removeValue(forKey: sequence) ?? [] {
      guard let wait = waits[key] else { continue }
      wait.open -= 1
      wait.ended.append(sequence)
      markReady(key)
    }
  }

  /// The status that told the client of this job's end was not sent: the job may not have ended.
  func takeBack(_ sequence: Int64, of key: Int32) {
    guard let wait = waits[key] else { return }
    wait.isEnding = false
    wait.open += 1
    waitsByJob[sequence, default: []].append(key)
  }

  /// The store was down, and may hold other ends than those that were known.
  func lookAgain() {
    for (key, wait) in waits {
      for sequence in wait.ended { takeBack(sequence, of: key) }
      wait.ended = []
      // The end of a stream that had not left by now was lost.
      wait.isEnding = false
      markReady(key)
    }
    guard !waitsByJob.isEmpty else { return }
    steps.begin(EndSearch(Array(waitsByJob.keys), waits: self))
  }

  /// The client has all that it waited for.
  func ended(_ key: Int32) {
    remove(key)
  }

  func failAll(_ refusal: Refusal) {
    for (key, wait) in waits {
      remove(key)
      wait.call.finish(Status(refusal))
    }
  }

  // MARK: in each turn

  func step() {
    let end = stopwatch() + Self.share
    while var gone = left.popLast() {
      for sequence in gone.prefix(Self.sweep) { sweep(sequence) }
      gone = gone.dropFirst(Self.sweep)
      if !gone.isEmpty { left.append(gone) }
      guard stopwatch() < end else { return }
    }
  }

  /// Decides about the statuses that are to be sent in this turn; what is left follows in the next ones.
  func sendEnded() {
    guard !ready.isEmpty, gate.store != nil else { return }
    let end = stopwatch() + Self.share
    var next = 0
    while next < ready.count, stopwatch() < end {
      let key = ready[next]
      next += 1
      guard let wait = waits[key] else { continue }
      wait.isReady = false
      turn.beginDecision()
      send(wait, key)
    }
    ready.removeFirst(next)
  }

  private func markReady(_ key: Int32) {
    guard let wait = waits[key], !wait.isReady else { return }
    wait.isReady = true
    ready.append(key)
  }

  /// One status, or the end of the stream; more in the next round, so that all clients get their share.
  private func send(_ wait: Wait, _ key: Int32) {
    do throws(Refusal) {
      while wait.call.isWritable, let sequence = wait.ended.popFirst() {
        guard let job = try jobs.job(sequence: sequence) else { continue }
        plan(wait.call.message(Honeydew_JobStatus(job, .whole)), key, job: sequence)
        if !wait.ended.isEmpty { markReady(key) }
        break
      }
    } catch {
      return close(key, error)
    }
    if wait.isComplete, wait.open == 0, wait.ended.isEmpty, !wait.isEnding {
      wait.isEnding = true
      plan(wait.call.end(.ok), key, job: nil)
    }
  }

  private func plan(_ reply: Reply, _ key: Int32, job: Int64?) {
    turn.plan(.waited(WaitMessage(reply: reply, waits: self, key: key, job: job)), when: .synced)
  }

  private func remove(_ key: Int32) {
    guard let wait = waits.removeValue(forKey: key) else { return }
    wait.call.onCancel = nil
    wait.call.onWritable = nil
    if wait.open > 0 {
      left.append(wait.jobs[...])
    } else {
      named -= wait.jobs.count
    }
  }

  /// Forgets the waits for a job whose clients have left.
  private func sweep(_ sequence: Int64) {
    named -= 1
    guard var keys = waitsByJob[sequence] else { return }
    keys.removeAll { waits[$0] == nil }
    waitsByJob[sequence] = keys.isEmpty ? nil : keys
  }
}
