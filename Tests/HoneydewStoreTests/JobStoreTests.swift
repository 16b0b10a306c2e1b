import HoneydewCore
import Testing

@testable import HoneydewStore

@Suite struct JobStoreTests {
  let directory = TemporaryDirectory()
  let store: Store

  init() throws {
    store = try Store(path: directory.database, now: now)
  }

  @Test func `A job comes back as it was written, in every state and form of result`() throws {
    var full = makeJob(1, command: "github.commits", environment: "production")
    full.priority = -7
    full.status = .failed
    full.attempt = 3
    full.retryCount = 2
    full.maxRetries = 9
    full.crashCount = 1
    full.timeoutMilliseconds = 1500
    full.nextRunAt = now + .seconds(5)
    full.updatedAt = now + .milliseconds(1)
    full.startedAt = now + .milliseconds(2)
    full.completedAt = now + .milliseconds(3)
    full.error = JobError(.apiError, "quota: used up ☺")
    var inline = makeJob(2)
    inline.status = .completed
    inline.result = .inline(Array(#"{"a":[1]}"#.utf8))
    var empty = makeJob(3)
    empty.payload = []
    empty.status = .completed
    empty.result = .inline([])
    var spooled = makeJob(4)
    spooled.status = .completed
    spooled.result = .spooled(file: "\(spooled.id).7", size: 1 << 40)
    let jobs = [full, inline, empty, spooled, makeJob(5)]
    #expect(try store.commit(jobs.map(StoreWrite.insertJob), durable: true).isEmpty)
    for job in jobs {
      #expect(try store.job(id: job.id) == job)
      #expect(try store.job(sequence: job.sequence) == job)
      #expect(try store.payload(sequence: job.sequence) == job.payload)
    }
    #expect(try store.job(id: "nobody") == nil)
    #expect(try store.payload(sequence: 99) == nil)
    #expect(try store.lastSequence == 5)
  }

  @Test func `A file is a result only when its job's row names it`() throws {
    var job = makeJob(1)
    job.result = .spooled(file: "\(job.id).2", size: 1)
    _ = try store.commit([.insertJob(job), .insertJob(makeJob(2))], durable: true)
    #expect(try store.hasResult(file: "\(job.id).2"))
    for name in ["\(job.id).1", "\(job.id).2.part", job.id, "\(makeJob(2).id).1", "nobody.1", ""] {
      #expect(try !store.hasResult(file: name))
    }
  }

  @Test func `An update replaces what changes in a job's life and keeps the rest`() throws {
    let job = makeJob(1)
    var changed = job
    changed.status = .completed
    changed.attempt = 1
    changed.startedAt = now + .seconds(1)
    changed.completedAt = now + .seconds(2)
    changed.updatedAt = now + .seconds(2)
    changed.result = .inline([0x7B, 0x7D])
    var sent = changed
    sent.command = "other"
    sent.payload = [1]
    #expect(try store.commit([.insertJob(job), .updateJob(sent, from: job.version)], durable: false).isEmpty)
    #expect(try store.job(sequence: 1) == changed)
  }

  @Test func `An update of a job that is not there is reported`() throws {
    let rejected = try store.commit([.updateJob(makeJob(8), from: .new), .insertJob(makeJob(9))], durable: false)
    #expect(rejected.keys.sorted() == [0])
    #expect(rejected[0]?.code == .constraint)
    #expect(try store.job(sequence: 9) != nil)
  }

  @Test func `A write that breaks a constraint fails alone`() throws {
    var twin = makeJob(2)
    twin.id = makeJob(1).id
    let rejected = try store.commit(
      [.insertJob(makeJob(1)), .insertJob(twin), .insertJob(makeJob(3))], durable: true)
    #expect(rejected.keys.sorted() == [1])
    #expect(rejected[1]?.code == .constraint)
    #expect(rejected[1]?.message.contains("jobs.id") == true)
    #expect(try store.jobs(limit: 10).map(\.sequence) == [3, 1])
  }

  @Test func `Unended jobs stream in the order of submission, without the ended ones`() throws {
    var jobs = (1...20).map { makeJob($0, command: $0 % 2 == 0 ? "a.b" : "c.d", environment: $0 % 3 == 0 ? "e" : nil) }
    for (index, status) in JobStatus.allCases.enumerated() { jobs[index].status = status }
    jobs[0].nextRunAt = now
    jobs[0].timeoutMilliseconds = 5
    _ = try store.commit(jobs.reversed().map(StoreWrite.insertJob), durable: false)
    var pending: [PendingJob] = []
    try store.pendingJobs { pending.append($0) }
    let expected = jobs.filter { $0.status == .pending }
    #expect(pending.map(\.sequence) == expected.map(\.sequence))
    #expect(pending.map(\.priority) == expected.map(\.priority))
    #expect(pending.map(\.nextRunAt) == expected.map(\.nextRunAt))
    #expect(try store.runningJobs() == jobs.filter { $0.status == .running })
  }

  @Test func `Ids are found by prefix`() throws {
    var jobs = (1...4).map { makeJob($0) }
    jobs[0].id = "ab2222222222a"
    jobs[1].id = "ab2222222222b"
    jobs[2].id = "ac2222222222b"
    jobs[3].id = "b%_222222222b"
    _ = try store.commit(jobs.map(StoreWrite.insertJob), durable: false)
    #expect(try store.jobIDs(withPrefix: "ab", limit: 10) == ["ab2222222222a", "ab2222222222b"])
    #expect(try store.jobIDs(withPrefix: "a", limit: 2).count == 2)
    #expect(try store.jobIDs(withPrefix: "ac2222222222b", limit: 2) == ["ac2222222222b"])
    #expect(try store.jobIDs(withPrefix: "%", limit: 2).isEmpty)
    #expect(try store.jobIDs(withPrefix: "", limit: 10).count == 4)
  }

  @Test func `Counts know every state that occurs`() throws {
    let statuses: [JobStatus] = [.pending, .pending, .running, .completed, .completed, .completed, .failed]
    let jobs = statuses.enumerated().map { index, status in
      var job = makeJob(index + 1)
      job.status = status
      return job
    }
    _ = try store.commit(jobs.map(StoreWrite.insertJob), durable: false)
    #expect(try store.counts() == [.pending: 2, .running: 1, .completed: 3, .failed: 1])
  }

  @Test func `A value that the daemon never writes is an error and no guess`() throws {
    _ = try store.commit([.insertJob(makeJob(1))], durable: false)
    try store.database.execute("UPDATE jobs SET created_at = 'yesterday'")
    let error = #expect(throws: StoreError.self) { try store.job(sequence: 1) }
    #expect(error?.code == .corrupt)
    #expect(error?.message.contains("column created_at of the row with seq '1' holds 'yesterday'") == true)
  }
}
