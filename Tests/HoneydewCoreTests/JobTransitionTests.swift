import HoneydewCore
import Testing

private let now = Timestamp(milliseconds: 1_000_000)
private let query = Command(
  name: "github.commits", provider: "github", summary: "",
  target: .api(field: "githubCommits", isMutation: false, isRepeatable: true), arguments: [])
private let mutation = Command(
  name: "account.createUser", provider: "account", summary: "",
  target: .api(field: "createUser", isMutation: true, isRepeatable: false), arguments: [])

private func job(_ status: JobStatus, attempt: Int32 = 1, retryCount: Int32 = 0, maxRetries: Int32 = 3) -> Job {
  Job(
    id: "aaaaaaaaaaaaa", sequence: 1, command: "github.commits", payload: [], status: status, attempt: attempt,
    retryCount: retryCount, maxRetries: maxRetries, createdAt: Timestamp(milliseconds: 0))
}

private func failure(_ code: ErrorCode) -> AttemptFailure { AttemptFailure(JobError(code, "why")) }

@Suite struct `A job` {
  @Test func `starts with the next attempt`() {
    var job = job(.pending, attempt: 4)
    job.nextRunAt = now
    job.start(on: 1, at: now)
    #expect(job.status == .running && job.attempt == 5 && job.startedAt == now && job.nextRunAt == nil)
  }

  @Test(arguments: JobStatus.allCases, [Int32(0), 1, 2])
  func `is changed only by the attempt that runs`(status: JobStatus, answered: Int32) {
    let before = job(status)
    var job = before
    let ending = job.end(attempt: answered, .succeeded(.inline([])), command: query, jitter: 0, at: now)
    let isCurrent = status == .running && answered == 1
    #expect((ending == .completed) == isCurrent)
    #expect((job == before) != isCurrent)
  }

  @Test func `is retried with growing delays and then fails`() {
    var job = job(.pending, attempt: 0)
    var delays: [Duration] = []
    while job.status == .pending {
      job.start(on: 1, at: now)
      let ending = job.end(attempt: job.attempt, .failed(failure(.timeout)), command: query, jitter: 0, at: now)
      if case .retrying(let delay) = ending { delays.append(delay) }
    }
    #expect(delays == [.seconds(1), .seconds(2), .seconds(4)])
    #expect(job.status == .failed && job.attempt == 4 && job.retryCount == 3 && job.completedAt == now)
    #expect(job.error?.description == "TIMEOUT: why")
  }

  @Test(arguments: JobStatus.allCases)
  func `is reopened when it failed or was cancelled, and then as good as new but for its attempts`(status: JobStatus) {
    var job = job(status, attempt: 4, retryCount: 3)
    (job.startedAt, job.completedAt, job.error) = (now, now, JobError(.timeout, "why"))
    let isEligible = status == .failed || status == .cancelled
    let before = job
    #expect(job.reopen(at: now) == isEligible)
    guard isEligible else { return #expect(job == before) }
    #expect(job.status == .pending && job.attempt == 4 && job.retryCount == 0 && job.crashCount == 0)
    #expect(job.startedAt == nil && job.completedAt == nil && job.error == nil && job.result == nil)
  }

  @Test func `has an entry of history for the attempt that ended it`() {
    var job = job(.pending, attempt: 0, maxRetries: 0)
    #expect(job.lastAttempt == nil)
    job.start(on: 3, at: now)
    #expect(job.lastAttempt == nil)
    _ = job.end(attempt: 1, .crashed(failure(.workerCrashed)), command: query, jitter: 0, at: now + .seconds(1))
    #expect(
      job.lastAttempt
        == PastAttempt(
          attempt: 1, worker: 3, startedAt: now, endedAt: now + .seconds(1), outcome: .crashed,
          error: JobError(.workerCrashed, "why")))
  }

  @Test(arguments: ErrorCode.allCases)
  func `is retried exactly after the errors of the contract's table`(code: ErrorCode) {
    let retried: Set<ErrorCode> = [
      .authNetworkError, .apiUnavailable, .rateLimited, .networkError, .timeout, .workerCrashed, .protocolError,
    ]
    var job = job(.running)
    let ending = job.end(attempt: 1, .failed(failure(code)), command: query, jitter: 0, at: now)
    #expect((ending == .retrying(after: .seconds(1))) == retried.contains(code))
    #expect((ending == .failed) == !retried.contains(code))
  }

  @Test(arguments: [
    (ErrorCode.networkError, false, AttemptEnding.failed), (.networkError, true, .retrying(after: .seconds(1))),
    (.timeout, false, .failed), (.rateLimited, false, .retrying(after: .seconds(1))),
  ])
  func `that changes the world is repeated only when it surely did not`(
    code: ErrorCode, notSent: Bool, expected: AttemptEnding
  ) {
    var job = job(.running)
    let failure = AttemptFailure(JobError(code, "why"), notSent: notSent)
    #expect(job.end(attempt: 1, .failed(failure), command: mutation, jitter: 0, at: now) == expected)
  }

  @Test func `is not retried against a bad certificate`() {
    var job = job(.running)
    let failure = AttemptFailure(JobError(.networkError, "bad certificate"), isPermanent: true)
    #expect(job.end(attempt: 1, .failed(failure), command: query, jitter: 0, at: now) == .failed)
  }

  @Test func `waits as long as the API asks`() {
    var job = job(.running)
    let failure = AttemptFailure(JobError(.rateLimited, "later"), retryAfter: .seconds(90))
    #expect(job.end(attempt: 1, .failed(failure), command: query, jitter: 0, at: now) == .retrying(after: .seconds(90)))
    #expect(job.nextRunAt == now + .seconds(90))
  }

  @Test func `pays nothing for a full disk, but for a change of the world`() {
    let failure = AttemptFailure(JobError(.apiUnavailable, "no place"), wasNotKept: true)
    var change = job(.running, maxRetries: 0)
    var job = job(.running, maxRetries: 0)
    let ending = job.end(attempt: 1, .failed(failure), command: query, jitter: 0, at: now)
    #expect(ending == .retrying(after: .seconds(10)))
    #expect((job.status, job.retryCount, job.nextRunAt) == (.pending, 0, now + .seconds(10)))
    #expect(change.end(attempt: 1, .failed(failure), command: mutation, jitter: 0, at: now) == .failed)
    #expect(change.error?.text == "no place; the command may have been carried out: look before you retry the job")
  }

  @Test func `whose answer finds no place again and again waits longer each time, and fails in the end`() {
    var failure = AttemptFailure(JobError(.apiUnavailable, "no place"), wasNotKept: true)
    var job = job(.pending, attempt: 0, maxRetries: 100)
    var delays: [Duration] = []
    for earlier in 0..<Job.unkeptLimit {
      job.start(on: 1, at: now)
      failure.earlierUnkept = earlier
      let ending = job.end(attempt: job.attempt, .failed(failure), command: query, jitter: 0, at: now)
      if case .retrying(let delay) = ending { delays.append(delay) }
    }
    #expect(delays == [10, 20, 40, 80, 160, 300, 300].map { .seconds($0) })
    #expect((job.status, job.retryCount, job.error?.text) == (.failed, 0, "no place"))
  }

  @Test func `that kills three workers in a row is not given a fourth`() {
    var job = job(.pending, attempt: 0, maxRetries: 100)
    for _ in 0..<3 {
      job.start(on: 1, at: now)
      _ = job.end(attempt: job.attempt, .crashed(failure(.workerCrashed)), command: query, jitter: 0, at: now)
    }
    #expect(job.status == .failed && job.attempt == 3)
  }

  @Test func `that fails otherwise in between starts counting crashes again`() {
    var job = job(.pending, attempt: 0, maxRetries: 100)
    for outcome in [
      AttemptOutcome.crashed(failure(.workerCrashed)), .crashed(failure(.protocolError)), .failed(failure(.timeout)),
      .crashed(failure(.workerCrashed)), .crashed(failure(.workerCrashed)),
    ] {
      job.start(on: 1, at: now)
      _ = job.end(attempt: job.attempt, outcome, command: query, jitter: 0, at: now)
    }
    #expect(job.status == .pending && job.crashCount == 2)
  }

  @Test(arguments: [
    (JobStatus.pending, true), (.running, true), (.cancelled, true), (.completed, false), (.failed, false),
  ])
  func `can be cancelled until it has ended`(status: JobStatus, expected: Bool) {
    var job = job(status)
    #expect(job.cancel(query, at: now) == expected)
    #expect((job.status == .cancelled) == expected)
  }
}
