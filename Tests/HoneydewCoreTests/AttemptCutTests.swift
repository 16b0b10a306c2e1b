import HoneydewCore
import Testing

private let now = Timestamp(milliseconds: 1_000_000)
private let query = CommandRegistry.find("github.commits")
private let change = CommandRegistry.find("account.createUser")
private let openEnd = "; the command may have been carried out: look before you retry the job"

/// Every way in which an attempt can be cut off, and the error of a job that must not run again.
private let losses: [(Slot.Loss, String)] = [
  (.crashed("killed by SIGKILL"), "WORKER_CRASHED: the worker died: killed by SIGKILL"),
  (.misbehaved("sent garbage"), "PROTOCOL_ERROR: the worker sent garbage"),
  (.timedOut, "TIMEOUT: the attempt did not end within its time; its worker was killed"),
  (
    .interrupted,
    "INTERRUPTED: its worker was restarted or stopped, or the daemon shut down, before the attempt had ended"
  ),
  (.daemonDied, "INTERRUPTED: the daemon died before the attempt had ended"),
]

private func job(_ status: JobStatus = .running, retryCount: Int32 = 0) -> Job {
  Job(
    id: "aaaaaaaaaaaaa", sequence: 1, command: "", payload: [], status: status, attempt: 1, retryCount: retryCount,
    createdAt: Timestamp(milliseconds: 0), startedAt: now)
}

@Suite struct `An attempt that is cut off` {
  @Test(arguments: losses)
  func `is repeated of a command that may be`(loss: Slot.Loss, error: String) {
    var job = job()
    let ending = job.end(attempt: 1, loss.outcome, command: query, jitter: 0, at: now)
    #expect(ending == .requeued || ending == .retrying(after: .seconds(1)))
    #expect(job.status == .pending)
  }

  @Test(arguments: losses, [change, nil])
  func `ends the job of any other command, and says that it may have been carried out`(
    loss: (Slot.Loss, String), command: Command?
  ) {
    var job = job()
    #expect(job.end(attempt: 1, loss.0.outcome, command: command, jitter: 0, at: now) == .failed)
    #expect(job.error?.description == loss.1 + openEnd)
    #expect(job.status == .failed && job.completedAt == now)
  }

  @Test(arguments: [Slot.Loss.interrupted, .daemonDied])
  func `by us costs the job nothing`(loss: Slot.Loss) {
    var job = job(retryCount: 2)
    #expect(job.end(attempt: 1, loss.outcome, command: query, jitter: 0, at: now) == .requeued)
    #expect(job.status == .pending && job.retryCount == 2 && job.crashCount == 0)
  }

  @Test(arguments: [query, change, nil])
  func `before it began is none`(command: Command?) {
    var job = job(retryCount: 2)
    #expect(job.end(attempt: 1, Slot.Loss.neverBegan.outcome, command: command, jitter: 0, at: now) == .requeued)
    #expect(job.status == .pending && job.retryCount == 2 && job.error == nil)
  }

  @Test(arguments: ErrorCode.allCases)
  func `by an error that is no answer leaves open what has happened`(code: ErrorCode) {
    let unanswered: Set<ErrorCode> = [
      .apiUnavailable, .networkError, .responseTooLarge, .timeout, .workerCrashed, .protocolError, .interrupted,
      .cancelled,
    ]
    for notSent in [false, true] {
      let failure = AttemptFailure(JobError(code, "why"), notSent: notSent, isPermanent: true)
      var (changed, asked) = (job(), job())
      #expect(changed.end(attempt: 1, .failed(failure), command: change, jitter: 0, at: now) == .failed)
      #expect(asked.end(attempt: 1, .failed(failure), command: query, jitter: 0, at: now) == .failed)
      #expect(changed.error?.text == (unanswered.contains(code) && !notSent ? "why" + openEnd : "why"))
      #expect(asked.error?.text == "why")
    }
  }

  @Test func `by its cancellation says so where it had begun`() {
    var (running, waiting, asked) = (job(), job(.pending), job())
    #expect(running.cancel(change, at: now) && waiting.cancel(change, at: now) && asked.cancel(query, at: now))
    #expect(running.error?.text == "cancelled on request" + openEnd)
    #expect(waiting.error?.text == "cancelled on request" && asked.error?.text == "cancelled on request")
  }

  @Test func `by a worker that was told to stop has overrun its time`() {
    let told = AttemptFailure(JobError(.cancelled, "cancelled on request"), notSent: true).ofRunningJob
    #expect(told.error.code == .timeout && told.notSent)
    let other = AttemptFailure(JobError(.apiError, "no"))
    #expect(other.ofRunningJob == other)
  }

  @Test func `stands in the history as what it was`() {
    for (loss, outcome) in [
      (Slot.Loss.crashed(""), PastAttempt.Outcome.crashed), (.misbehaved(""), .crashed), (.timedOut, .failed),
      (.interrupted, .interrupted), (.daemonDied, .interrupted),
    ] {
      var job = job()
      _ = job.end(attempt: 1, loss.outcome, command: change, jitter: 0, at: now)
      #expect(job.lastAttempt?.outcome == outcome)
    }
  }
}
