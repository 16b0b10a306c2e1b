import HoneydewCore
import HoneydewRPC
import HoneydewStore
import Testing

@testable import HoneydewDaemon

/// The turns of a running daemon. `JobBookReloadTests` has its starts.
struct JobBookTests {
  let directory = TemporaryDirectory()
  let store: Store
  let house: JobHouse
  var book: JobBook { house.jobs }

  init() throws {
    store = try directory.openStore()
    house = try JobHouse(store)
  }

  @Test(arguments: [false, true])
  func `jobs are taken by priority, and in the order of their submission`(isCommitted: Bool) throws {
    for (id, priority) in [("a", 0), ("b", 5), ("c", 5), ("d", -1), ("e", 0)] as [(String, Int32)] {
      book.insert(makeJob(id, book.nextSequence(), priority: priority))
    }
    if isCommitted { try commit() }
    #expect(try takeAll() == ["b", "c", "a", "e", "d"])
    #expect(try house.takeNext(now: .seconds(1_000_000)) == nil)
  }

  @Test func `jobs in memory get other payloads, and rows that are new are not counted as committed`() throws {
    let directory = TemporaryDirectory()
    let store = try directory.openStore()
    try store.commitAll([.insertJob(makeJob("a", 1)), .insertJob(makeJob("b", 2))])
    let house = try JobHouse(store)
    let book = house.jobs
    #expect(book.lastCommitted == 2)
    var first = try #require(try house.takeNext(now: .zero))
    first.start(at: noon)
    book.start(first)
    #expect(book.lastCommitted == 2)
    let sequence = book.nextSequence()
    book.insert(makeJob("c", sequence))
    #expect(book.lastCommitted == 2)
    book.replacePayloads { Array("sealed \($0.id)".utf8) }
    #expect(try book.find("a", within: .everybodys).payload == Array("sealed a".utf8))
    #expect(try book.find("b", within: .everybodys).payload == Array("{}".utf8))
    #expect(
      book.rowWrites.contains {
        if case .insertJob(let job) = $0 { job.payload == Array("sealed c".utf8) } else { false }
      })
    book.turnEnded(isCommitted: true)
    #expect(book.lastCommitted == 3)
    #expect(book.running["a"]?.payload == Array("sealed a".utf8))
  }

  @Test func `a pending job starts as its row was written last, though the row is not read`() throws {
    book.insert(makeJob("a", book.nextSequence()))
    book.insert(makeJob("b", book.nextSequence()))
    try commit()
    var second = try book.find("b", within: .everybodys)
    second.priority = 9
    book.reprioritize(second)
    try commit()
    try store.commitAll([.setPayload(sequence: 1, payload: Array("other".utf8))])
    #expect(try house.takeNext(now: .zero) == second)
    #expect(try store.job(id: "b") == second)
    #expect(try house.takeNext(now: .zero)?.payload == Array("{}".utf8))
  }

  @Test func `a job is read again after its memory was reloaded, and when its payload was not known`() throws {
    book.insert(makeJob("a", book.nextSequence()))
    try commit()
    try store.commitAll([.setPayload(sequence: 1, payload: Array("other".utf8))])
    try book.load(from: store, live: [])
    var job = try #require(try house.takeNext(now: .zero))
    #expect(job.payload == Array("other".utf8))
    let isCancelled = job.cancel(nil, at: noon)
    #expect(isCancelled)
    book.end(job, from: .pending, isQueued: false)
    try commit()
    let ended = try #require(try book.outline(sequence: 1))
    var reopened = ended
    let isReopened = reopened.reopen(at: noon)
    #expect(isReopened)
    try book.reopen(reopened, from: ended)
    try commit()
    #expect(try house.takeNext(now: .zero)?.payload == Array("other".utf8))
  }

  @Test func `what is not committed is not counted`() throws {
    book.insert(makeJob("a", book.nextSequence()))
    book.turnEnded(isCommitted: true)
    book.insert(makeJob("b", book.nextSequence()))
    book.turnEnded(isCommitted: false)
    #expect(book.committedCounts[.pending] == 1)
  }

  @Test func `an environment is in use by a job of the same turn`() throws {
    var job = makeJob("a", book.nextSequence())
    job.environment = "staging"
    book.insert(job)
    #expect(book.hasChangedUnendedJob(in: "staging"))
    #expect(!book.hasChangedUnendedJob(in: "production"))
    let isCancelled = job.cancel(nil, at: noon)
    #expect(isCancelled)
    book.end(job, from: .pending, isQueued: true)
    #expect(!book.hasChangedUnendedJob(in: "staging"))
  }

  @Test func `a new job becomes a row, whatever else happens to it in its turn`() throws {
    var job = makeJob("a", book.nextSequence())
    book.insert(job)
    #expect(try house.takeNext(now: .zero) == job)
    job.start(at: noon)
    book.start(job)
    #expect(book.writes.map(\.write) == [.insertJob(job)])
    try commit()
    #expect(book.writes.isEmpty)
    #expect(try store.job(id: "a") == job)
    #expect(book.running == ["a": job])
  }

  @Test func `a turn's writes are one for each job, in the order of their first change`() throws {
    let jobs = try start("a", "b")
    var (a, b) = (jobs[0], jobs[1])
    let endingOfB = try end(&b, .succeeded(.inline([0x31])))
    house.update(b, endingOfB, now: .zero)
    let endingOfA = try end(&a, Slot.Loss.interrupted.outcome)
    house.update(a, endingOfA, now: .zero)
    let taken = try #require(try house.takeNext(now: .zero))
    #expect(taken == a)
    a.start(at: noon)
    book.start(a)
    let running = JobVersion(status: .running, attempt: 1)
    #expect(book.rowWrites == [.updateJob(b, from: running), .updateJob(a, from: running)])
    try commit()
    #expect(try store.job(id: "a") == a)
    #expect(try store.job(id: "b") == b)
  }

  @Test func `what was put back is taken again at its time`() throws {
    for id in ["a", "b"] { book.insert(makeJob(id, book.nextSequence())) }
    try commit()
    let first = try #require(try house.takeNext(now: .zero))
    book.putBack(first, until: .seconds(1))
    #expect(try takeAll() == ["b"])
    #expect(try house.takeNext(now: .seconds(1))?.id == "a")
  }

  @Test(arguments: [false, true])
  func `a pending job that is cancelled is not taken`(isCommitted: Bool) throws {
    for id in ["a", "b"] { book.insert(makeJob(id, book.nextSequence())) }
    if isCommitted { try commit() }
    var job = try book.find("a", within: .everybodys)
    try cancel(&job)
    book.end(job, from: .pending, isQueued: true)
    #expect(try takeAll() == ["b"])
    #expect(book.counts[.pending] == 1 && book.counts[.cancelled] == 1)
    try commit()
    #expect(try store.job(id: "a") == job)
  }

  @Test func `a running job that is cancelled runs no more`() throws {
    var job = try start("a")[0]
    try cancel(&job)
    book.end(job, from: .running, isQueued: false)
    #expect(book.running == [:])
    #expect(book.counts[.running] == 0 && book.counts[.cancelled] == 1)
    #expect(book.queue.count == 0)
  }

  @Test func `a job that failed waits for its delay`() throws {
    var job = try start("a")[0]
    let failure = AttemptFailure(JobError(.networkError, "no route"))
    let ending = try end(&job, .failed(failure))
    #expect(ending == .retrying(after: .seconds(1)))
    house.update(job, ending, now: .seconds(50))
    try commit()
    #expect(book.queue.nextBackoffEnd == .seconds(51))
    #expect(try house.takeNext(now: .milliseconds(50_999)) == nil)
    #expect(try house.takeNext(now: .seconds(51)) == job)
  }

  @Test func `an ended job is neither running nor queued`() throws {
    var job = try start("a")[0]
    let ending = try end(&job, .succeeded(.inline([])))
    house.update(job, ending, now: .zero)
    #expect(book.running == [:] && book.queue.count == 0)
    #expect(book.counts[.completed] == 1 && book.counts[.running] == 0)
  }

  @Test func `counts follow every step, and agree with the store`() throws {
    var jobs = try start("a", "b", "c")
    for index in 0..<5 { book.insert(makeJob("p\(index)", book.nextSequence())) }
    let ending = try end(&jobs[0], .succeeded(.inline([])))
    house.update(jobs[0], ending, now: .zero)
    try cancel(&jobs[1])
    book.end(jobs[1], from: .running, isQueued: false)
    var refused = try #require(try house.takeNext(now: .zero))
    refused.refuse(JobError(.authRequired, "nobody is logged in"), at: noon)
    book.end(refused, from: .pending, isQueued: false)
    try commit()
    let expected: [JobStatus: Int] = [.pending: 4, .running: 1, .completed: 1, .cancelled: 1, .failed: 1]
    #expect(book.counts == expected)
    #expect(try store.counts() == expected)
  }

  @Test func `a job is found by its id or by the unique beginning of it`() throws {
    for id in ["abcdefghijklm", "abcxefghijklm", "zbcdefghijklm", "abc"] {
      book.insert(makeJob(id, book.nextSequence()))
    }
    try commit()
    #expect(try book.find("z", within: .everybodys).id == "zbcdefghijklm")
    #expect(try book.find("abcd", within: .everybodys).id == "abcdefghijklm")
    #expect(try book.find("abc", within: .everybodys).id == "abc")
    #expect(throws: Refusal.ambiguousJob("ab", candidates: ["abc", "abcdefghijklm", "abcxefghijklm"])) {
      try book.find("ab", within: .everybodys)
    }
    for text in ["", "q", "abcdefghijklmn", "ABC", "a%", "zbcdefghijkl_"] {
      #expect(throws: Refusal.jobNotFound(text)) { try book.find(text, within: .everybodys) }
    }
  }

  @Test func `of many jobs it is told what they are, by id or its beginning`() throws {
    for id in ["abcdefghijklm", "abcxefghijklm", "zbcdefghijklm"] { book.insert(makeJob(id, book.nextSequence())) }
    try commit()
    for status in [JobStatus.cancelled, .failed] {
      var job = try #require(try house.takeNext(now: .zero))
      job.status = status
      book.end(job, from: .pending, isQueued: false)
      #expect(try book.references(of: [job.id], within: .everybodys).map(\.status) == [status], "as this turn has it")
      if status == .cancelled { try commit() }
    }
    let found = try book.references(of: ["abcx", "abcxefghijklm", "z", "abcd"], within: .everybodys)
    #expect(found.map(\.id) == ["abcxefghijklm", "abcxefghijklm", "zbcdefghijklm", "abcdefghijklm"])
    #expect(found.map(\.status.isEnd) == [true, true, false, true])
    #expect(throws: Refusal.jobNotFound("q")) { try book.references(of: ["z", "q"], within: .everybodys) }
    #expect(throws: Refusal.ambiguousJob("abc", candidates: ["abcdefghijklm", "abcxefghijklm"])) {
      try book.references(of: ["abcdefghijklm", "abc"], within: .everybodys)
    }
    #expect(try book.references(of: [String](), within: .everybodys).isEmpty)
  }

  @Test func `a job that is reopened without its payload is whole when it is taken`() throws {
    var job = makeJob("a", book.nextSequence())
    job.payload = Array(#"{"long": true}"#.utf8)
    book.insert(job)
    try cancel(&job)
    book.end(job, from: .pending, isQueued: true)
    try commit()
    let outline = try #require(try book.outline(sequence: job.sequence))
    #expect(outline.payload.isEmpty)
    var reopened = outline
    let isReopened = reopened.reopen(at: noon)
    #expect(isReopened)
    try book.reopen(reopened, from: outline)
    #expect(try book.find("a", within: .everybodys).payload == job.payload)
    #expect(try house.takeNext(now: .zero)?.payload == job.payload)
    try commit()
    #expect(try store.job(id: "a")?.payload == job.payload)
  }

  @Test func `a job that this turn removes is gone for the rest of it, and is removed once`() throws {
    var job = makeJob("a", book.nextSequence())
    book.insert(job)
    try cancel(&job)
    book.end(job, from: .pending, isQueued: true)
    try commit()
    book.remove([JobReference(job)])
    let events = house.turn.takeEvents()
    #expect(
      events.map(\.kind) == [.removed] && events.map(\.id) == ["a"] && events.map(\.command) == [job.command])
    #expect(book.hasChanged("a"))
    #expect(throws: Refusal.jobNotFound("a")) { try book.find("a", within: .everybodys) }
    #expect(book.counts[.cancelled] == 0)
  }

  @Test func `what is found is as this turn has left it`() throws {
    book.insert(makeJob("abcdefghijklm", book.nextSequence()))
    try commit()
    var job = try #require(try house.takeNext(now: .zero))
    job.start(at: noon)
    book.start(job)
    #expect(try book.find("abcdefghijklm", within: .everybodys) == job)
    #expect(try book.find("abc", within: .everybodys) == job)
  }

  @Test func `without the store nothing is found, and nothing is said not to be there`() throws {
    store.close()
    #expect(throws: Refusal.storeUnavailable) { try book.find("abc", within: .everybodys) }
  }

  private func end(_ job: inout Job, _ outcome: AttemptOutcome) throws -> AttemptEnding {
    let ending = job.end(
      attempt: job.attempt, outcome, command: CommandRegistry.find(job.command), jitter: 0, at: noon)
    return try #require(ending)
  }

  private func cancel(_ job: inout Job) throws {
    let isCancelled = job.cancel(nil, at: noon)
    try #require(isCancelled)
  }

  /// Commits what the turn has changed, as the supervisor does.
  private func commit() throws {
    house.finish()
  }

  /// Jobs that run, all of it committed.
  private func start(_ ids: String...) throws -> [Job] {
    let jobs = try ids.map { id in
      book.insert(makeJob(id, book.nextSequence()))
      var job = try #require(try house.takeNext(now: .zero))
      job.start(at: noon)
      book.start(job)
      return job
    }
    try commit()
    return jobs
  }

  private func takeAll() throws -> [String] {
    var ids: [String] = []
    while let job = try house.takeNext(now: .zero) { ids.append(job.id) }
    return ids
  }
}
