internal import HoneydewClient
internal import HoneydewCore
internal import HoneydewMessages
internal import HoneydewProtobuf
internal import HoneydewRPC
internal import HoneydewSystem
internal import HoneydewText

/// A person's wait for jobs. It outlasts the daemon: while that is gone, it is looked for until the wait's own limit. It says
/// how many jobs are open, and what holds the first of them back.
final class JobWait {
  /// Between two looks at what holds a job back.
  static let interval = Duration.seconds(1)

  private let daemon: DaemonSession
  private let limit: Duration?
  /// When it ends in any case (monotonic time); nil is never.
  let deadline: Duration?
  /// Of all jobs that are waited for.
  private var ids: [String] = []
  /// Those that have not ended.
  private var open: Set<String> = []
  private var spinner: Spinner?
  /// What was told last; nil when nothing stands in the way.
  private var obstacle: String?

  /// - Parameters:
  ///   - ids: the jobs, where they are known before `run`.
  ///   - limit: how long to wait at most; nil is without a limit.
  init(_ daemon: DaemonSession, for ids: [String] = [], limit: Duration?) {
    self.daemon = daemon
    self.limit = limit
    self.ids = ids
    open = Set(ids)
    deadline = limit.map { Clock.monotonic() + $0 }
  }

  /// Hands the jobs on in the order in which they end, each once.
  ///
  /// - Parameter names: ids, or the beginnings of ids.
  func run(
    for names: [String], onEnd: (Honeydew_JobStatus) throws(Failure) -> Void
  ) throws(Failure) {
    let interrupts = try daemon.catchInterrupts()
    defer { withExtendedLifetime(interrupts) {} }
    ids = names
    ids = try wholeIDs(of: names)
    open = Set(ids)
    spinner = daemon.console.hasSpinner ? Spinner(sentence, on: daemon.console, daemon.connection.loop) : nil
    defer { spinner?.stop() }
    try outlasting { () throws(Failure) in try follow(onEnd) }
  }

  /// What a beginning means now: later it may begin the ids of more jobs.
  private func wholeIDs(of names: [String]) throws(Failure) -> [String] {
    var known: Set<String> = []
    var ids: [String] = []
    for name in names {
      let id =
        name.utf8.count >= Job.idLength
        ? name
        : try outlasting { () throws(Failure) in
          try daemon.read(by: deadline) { $0.getJobStatus(.with { $0.jobID = name }, completion: $1) }.jobID
        }
      if known.insert(id).inserted { ids.append(id) }
    }
    return ids
  }

  /// Does something that may be repeated, and repeats it each time the daemon is lost over it.
  func outlasting<Result>(_ body: () throws(Failure) -> Result) throws(Failure) -> Result {
    var pause = Duration.milliseconds(50)
    var next = Duration.zero
    while true {
      do throws(Failure) {
        if next > .zero { try daemon.sleep(until: next) }
        try daemon.reconnect(by: deadline)
        return try body()
      } catch  where error.mayPass {
        tell("\(error.text); waiting for the daemon to come back", isUrgent: true)
        next = Clock.monotonic() + pause
        if let deadline, deadline <= next { throw overdue }
        pause = min(pause * 2, Self.interval)
      } catch  where error.status == .interrupted {
        throw Failure(.interrupted, "interrupted; \(advice)", isOutcomeKnown: false)
      }
    }
  }

  private func follow(_ onEnd: (Honeydew_JobStatus) throws(Failure) -> Void) throws(Failure) {
    while !open.isEmpty {
      let count = open.count
      try followSome(onEnd)
      // Whoever ends a stream too early would do it again.
      guard open.count < count else { return }
    }
  }

  /// As many as one call may name.
  private func followSome(_ onEnd: (Honeydew_JobStatus) throws(Failure) -> Void) throws(Failure) {
    var request = Honeydew_WaitJobsRequest()
    request.jobIds = Array(ids.lazy.filter(open.contains).prefix(SubmissionRules.maximumJobs))
    let stream = daemon.connection.replies { $0.waitJobs(request, onMessage: $1, onEnd: $2) }
    while true {
      let look = Clock.monotonic() + Self.interval
      guard let ended = try daemon.next(of: stream, until: min(deadline ?? look, look)) else { return }
      if !ended.isEmpty { spinner?.clear() }
      for job in ended {
        open.remove(job.jobID)
        try onEnd(job)
      }
      if let deadline, deadline <= Clock.monotonic() { throw overdue }
      if ended.isEmpty { try lookAtTheFirst() }
    }
  }

  /// Tells what holds the first open job back.
  func lookAtTheFirst() throws(Failure) {
    guard let id = ids.first(where: open.contains) else { return }
    do throws(Failure) {
      let job = try daemon.read(limit: DaemonSession.glance, by: deadline) {
        $0.getJobStatus(.with { $0.jobID = id }, completion: $1)
      }
      guard job.hasObstacle else {
        obstacle = nil
        spinner?.say(sentence)
        return
      }
      let reason = Obstacle.Reason(rawValue: job.obstacle.reason)
      tell(ObstacleText.sentence(job.obstacle), isUrgent: reason?.needsAction ?? false)
    } catch {
      // One that hangs may go on. Another error is the stream's to tell.
      guard error.status == .unreachable, !error.mayPass else {
        if error.status == .interrupted || error.mayPass { throw error }
        return
      }
      tell("the daemon does not answer", isUrgent: true)
    }
  }

  /// - Parameter isUrgent: whether it is worth a line that stays, also for somebody who watches no terminal.
  private func tell(_ text: String, isUrgent: Bool) {
    guard text != obstacle else { return }
    obstacle = text
    if isUrgent {
      spinner?.clear()
      daemon.console.note(sentence)
    }
    spinner?.say(sentence)
  }

  /// What is waited for, and what is in the way.
  private var sentence: String {
    let what =
      ids.isEmpty
      ? "looking for the jobs"
      : ids.count == 1 ? "waiting for job \(ids[0])" : "waiting for \(open.count) of \(ids.count) jobs"
    return obstacle.map { "\(what): \($0)" } ?? what
  }

  private var advice: String {
    ids.count == 1
      ? "the job goes on, look at it with: honeydew job show \(ids[0])"
      : "the jobs go on, look at them with: honeydew job list"
  }

  var overdue: Failure {
    Failure(.timedOut, "gave up waiting after \(DurationText.format(limit ?? .zero)); \(advice)", isOutcomeKnown: false)
  }
}
