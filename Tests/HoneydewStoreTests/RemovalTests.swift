import CSQLite
import HoneydewCore
import Testing

@testable import HoneydewStore

/// What belongs to a job beside its row: labels, key, history; and how it goes.
@Suite struct RemovalTests {
  let directory = TemporaryDirectory()
  let store: Store

  init() throws {
    store = try Store(path: directory.database, now: now)
  }

  private func makeLabelled(_ number: Int) -> Job {
    var job = makeJob(number)
    job.labels = ["team": "blue", "a\"b": "☺\\", "": ""]
    job.idempotency = Idempotency(key: "key \(number)", options: #"{"priority":1}"#)
    job.worker = 4
    return job
  }

  private func makeAttempt(_ number: Int32, _ outcome: PastAttempt.Outcome) -> PastAttempt {
    PastAttempt(
      attempt: number, worker: number % 2 == 0 ? nil : number, startedAt: now, endedAt: now + .seconds(Int(number)),
      outcome: outcome, error: outcome == .failed ? JobError(.timeout, "after 5s: no answer") : nil)
  }

  private func rows(_ table: String) throws -> Int64 {
    try store.database.prepare("SELECT count(*) FROM \(table)").rows { $0.int64(0) }[0]
  }

  @Test func `Labels, key and worker come back as they were written`() throws {
    let job = makeLabelled(1)
    #expect(try store.commit([.insertJob(job), .insertJob(makeJob(2))], durable: true).isEmpty)
    #expect(try store.job(id: job.id) == job)
    #expect(try store.job(sequence: 2) == makeJob(2))
    #expect(try rows("job_labels") == 3)
    #expect(
      try store.database.prepare("SELECT labels FROM jobs").rows { $0.optional(0, $0.text) }
        == [#"{"":"","a\"b":"☺\\","team":"blue"}"#, nil])
  }

  @Test func `An update writes priority and worker, and keeps labels and key`() throws {
    let job = makeLabelled(1)
    var changed = job
    changed.priority = 9
    changed.worker = nil
    var sent = changed
    sent.labels = [:]
    sent.idempotency = nil
    #expect(try store.commit([.insertJob(job), .updateJob(sent, from: job.version)], durable: false).isEmpty)
    #expect(try store.job(sequence: 1) == changed)
    changed.worker = 2
    #expect(try store.commit([.updateJob(changed, from: job.version)], durable: false).isEmpty)
    #expect(try store.job(sequence: 1) == changed)
  }

  @Test func `A key finds its job as long as the row lives, and no other can take it`() throws {
    let job = makeLabelled(1)
    var twin = makeLabelled(2)
    twin.idempotency?.key = "key 1"
    let rejected = try store.commit([.insertJob(job), .insertJob(twin), .insertJob(makeJob(3))], durable: true)
    #expect(rejected.keys.sorted() == [1])
    #expect(rejected[1]?.message.contains("idempotency_key") == true)
    #expect(try rows("job_labels") == 3, "a job that was refused has no labels")
    #expect(try store.job(idempotencyKey: "key 1", of: 0) == job)
    #expect(try store.job(idempotencyKey: "key 2", of: 0) == nil)
    #expect(try store.commit([.removeJob(sequence: 1, from: .new), .insertJob(twin)], durable: true).isEmpty)
    #expect(try store.job(idempotencyKey: "key 1", of: 0) == twin)
  }

  @Test func `Attempts come back as they were written, in order`() throws {
    let attempts = PastAttempt.Outcome.allCases.enumerated().map { makeAttempt(Int32($0) + 1, $1) }
    let others = [makeAttempt(1, .crashed)]
    _ = try store.commit(
      [.insertJob(makeJob(1)), .insertJob(makeJob(2))]
        + attempts.reversed().map { .insertAttempt(sequence: 1, $0) }
        + others.map { .insertAttempt(sequence: 2, $0) }, durable: true)
    #expect(try store.attempts(sequence: 1) == attempts)
    #expect(try store.attempts(sequence: 2) == others)
    #expect(try store.attempts(sequence: 3).isEmpty)
  }

  @Test func `An attempt that is there already, or of a job that is not, is reported`() throws {
    let attempt = makeAttempt(1, .failed)
    let rejected = try store.commit(
      [
        .insertJob(makeJob(1)), .insertAttempt(sequence: 1, attempt),
        .insertAttempt(sequence: 1, makeAttempt(1, .crashed)), .insertAttempt(sequence: 7, attempt),
      ], durable: true)
    #expect(rejected.keys.sorted() == [2, 3])
    #expect(rejected.values.allSatisfy { $0.code == .constraint })
    #expect(try store.attempts(sequence: 1) == [attempt])
  }

  @Test func `A removed job takes its labels and history with it, and nothing of others`() throws {
    let writes: [StoreWrite] = (1...3).flatMap { number -> [StoreWrite] in
      [.insertJob(makeLabelled(number)), .insertAttempt(sequence: Int64(number), makeAttempt(1, .failed))]
    }
    #expect(try store.commit(writes, durable: true).isEmpty)
    let refused = try store.commit([.removeJob(sequence: 2, from: .new), .removeJob(sequence: 77, from: .new)])
    #expect(refused.keys.sorted() == [1])
    #expect(try store.job(sequence: 2) == nil)
    #expect(try store.attempts(sequence: 2).isEmpty)
    for number in [1, 3] {
      #expect(try store.job(sequence: Int64(number)) == makeLabelled(number))
      #expect(try store.attempts(sequence: Int64(number)).count == 1)
    }
    #expect(try store.jobs(filter: JobFilter(labels: [.init(name: "team", value: "blue")]), limit: 9).count == 2)
    #expect(try store.commit([1, 3].map { .removeJob(sequence: $0, from: .new) }, durable: true).isEmpty)
    for table in ["jobs", "job_labels", "attempts"] { #expect(try rows(table) == 0, "\(table)") }
  }

  @Test func `A number is never given twice, whatever is removed`() throws {
    func expectLast(_ sequence: Int64, after writes: [StoreWrite]) throws {
      #expect(try store.commit(writes, durable: true).isEmpty)
      #expect(try store.lastSequence == sequence)
      #expect(try Store(path: directory.database, now: now).lastSequence == sequence)
    }
    #expect(try store.lastSequence == 0)
    try expectLast(5, after: (1...5).map { .insertJob(makeJob($0)) })
    try expectLast(5, after: [.removeJob(sequence: 3, from: .new)])
    #expect(try store.config(key: "last_sequence") == nil, "the table knows its highest number")
    try expectLast(5, after: [.removeJob(sequence: 5, from: .new)])
    try expectLast(5, after: [.removeJob(sequence: 4, from: .new), .removeJob(sequence: 1, from: .new)])
    try expectLast(5, after: [.removeJob(sequence: 2, from: .new)])
    try expectLast(12, after: [.insertJob(makeJob(12)), .removeJob(sequence: 12, from: .new)])
    try expectLast(13, after: [.insertJob(makeJob(13))])
  }

  @Test func `A transaction that fails takes its removals back`() throws {
    WatchedFiles.install
    let store = try Store(path: directory.database, now: now)
    _ = try store.commit([.insertJob(makeLabelled(1))], durable: true)
    WatchedFiles.change(directory.database + "-wal") { $0.writeFailure = SQLITE_IOERR }
    #expect(throws: StoreError.self) { try store.commit([.removeJob(sequence: 1, from: .new)], durable: true) }
    WatchedFiles.change(directory.database + "-wal") { $0.writeFailure = nil }
    #expect(try self.store.job(sequence: 1) == makeLabelled(1))
    #expect(try rows("job_labels") == 3)
  }

  @Test(arguments: ["[]", "{", #"{"a":1}"#])
  func `Labels that the daemon never writes are an error of the read, and no hindrance to the removal`(labels: String)
    throws
  {
    _ = try store.commit([.insertJob(makeJob(1))], durable: true)
    try store.database.execute("UPDATE jobs SET labels = '\(labels)'")
    let error = #expect(throws: StoreError.self) { try store.job(sequence: 1) }
    #expect(error?.code == .corrupt)
    #expect(try store.commit([.removeJob(sequence: 1, from: .new)], durable: true).isEmpty)
    #expect(try rows("jobs") == 0)
  }
}
