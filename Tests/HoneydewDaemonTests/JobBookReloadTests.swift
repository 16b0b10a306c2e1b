import HoneydewCore
import HoneydewStore
import Testing

@testable import HoneydewDaemon

/// What a job book makes of the jobs that the store holds: when the daemon starts, and when its store is up again.
struct JobBookReloadTests {
  let directory = TemporaryDirectory()
  let store: Store

  init() throws {
    store = try directory.openStore()
  }

  @Test func `pending jobs are queued again in their order, and new ones come after them`() throws {
    let jobs = [makeJob("a", 3), makeJob("b", 7, priority: 1), makeJob("c", 9)]
    try store.commitAll(jobs.map { .insertJob($0) })
    let house = try load()
    #expect(house.jobs.nextSequence() == 10)
    #expect(house.jobs.writes.isEmpty)
    #expect(house.jobs.counts == [.pending: 3])
    #expect(
      try [house.takeNext(now: .zero), house.takeNext(now: .zero), house.takeNext(now: .zero)].map { $0?.id }
        == ["b", "a", "c"])
  }

  @Test func `ended jobs are counted and left alone`() throws {
    try store.commitAll([
      .insertJob(makeJob("a", 1, status: .completed)), .insertJob(makeJob("b", 2, status: .failed)),
      .insertJob(makeJob("c", 3, status: .cancelled)),
    ])
    let house = try load()
    #expect(house.jobs.counts == [.completed: 1, .failed: 1, .cancelled: 1])
    #expect(try house.takeNext(now: .zero) == nil)
    #expect(house.jobs.running == [:])
  }

  @Test func `a job whose attempt the daemon's end interrupted is pending again, and no attempt is counted`() throws {
    try store.commitAll([.insertJob(runningJob("a", 1, attempt: 2))])
    let house = try load()
    #expect(house.jobs.running == [:])
    #expect(house.jobs.counts[.pending] == 1 && house.jobs.counts[.running] == 0)
    house.finish()
    let job = try #require(try house.takeNext(now: .zero))
    #expect(job.status == .pending && job.attempt == 2 && job.retryCount == 0 && job.crashCount == 0)
    #expect(try store.job(id: "a") == job)
  }

  @Test func `a job whose command must not be repeated fails where its attempt was cut off`() throws {
    var (query, change) = (runningJob("a", 1, attempt: 1), runningJob("b", 2, attempt: 1))
    (query.command, change.command) = ("github.repositories", "account.createUser")
    try store.commitAll([.insertJob(query), .insertJob(change), .insertJob(makeJob("c", 3))])
    let house = try load()
    #expect(house.recovered == RecoveredJobs(pending: 2, interrupted: 1, failed: 1))
    house.finish()
    let row = try #require(try store.job(id: "b"))
    #expect(row.status == .failed && row.error?.code == .interrupted && row.attempt == 1)
    #expect(try store.job(id: "a")?.status == .pending)
  }

  @Test func `an attempt that is known not to have begun is none, whatever its command`() throws {
    var change = runningJob("a", 1, attempt: 1)
    change.command = "account.createUser"
    try store.commitAll([.insertJob(change)])
    let house = try load(unbegun: [WorkID(id: "a", attempt: 1)])
    #expect(try house.takeNext(now: .zero)?.id == "a")
  }

  @Test func `an interrupted job can be taken in the very turn in which it was found`() throws {
    try store.commitAll([.insertJob(runningJob("a", 1, attempt: 1))])
    let house = try load()
    var job = try #require(try house.takeNext(now: .zero))
    #expect(job.status == .pending)
    job.start(at: noon)
    house.jobs.start(job)
    #expect(house.jobs.rowWrites == [.updateJob(job, from: JobVersion(status: .running, attempt: 1))])
    #expect(job.attempt == 2)
  }

  @Test func `an attempt that a worker still holds goes on`() throws {
    let (alive, dead) = (runningJob("a", 1, attempt: 2), runningJob("b", 2, attempt: 2))
    try store.commitAll([.insertJob(alive), .insertJob(dead)])
    // Of b a worker holds only an attempt that the store knows to be over.
    let house = try load(live: [WorkID(id: "a", attempt: 2), WorkID(id: "b", attempt: 1)])
    #expect(house.jobs.running == ["a": alive])
    #expect(house.jobs.counts[.running] == 1 && house.jobs.counts[.pending] == 1)
    #expect(try house.takeNext(now: .zero)?.id == "b")
    #expect(try house.takeNext(now: .zero) == nil)
    #expect(try house.jobs.find("a", within: .everybodys) == alive)
  }

  @Test func `an attempt that a worker holds and the row has lost is written into it again, and not dispatched`() throws
  {
    try store.commitAll([.insertJob(makeJob("a", 1))])
    let house = try load(live: [WorkID(id: "a", attempt: 1)])
    #expect(house.jobs.running["a"]?.attempt == 1)
    #expect(try house.takeNext(now: .zero) == nil)
    house.finish()
    let row = try #require(try store.job(id: "a"))
    #expect(row.status == .running && row.attempt == 1)
  }

  @Test func `a backoff goes on where it was, and never longer than its maximum`() throws {
    var (soon, late, past) = (makeJob("a", 1), makeJob("b", 2), makeJob("c", 3))
    (soon.attempt, late.attempt, past.attempt) = (1, 1, 1)
    soon.nextRunAt = noon + .seconds(10)
    late.nextRunAt = noon + .seconds(86_400)
    past.nextRunAt = noon + .seconds(-10)
    try store.commitAll([.insertJob(soon), .insertJob(late), .insertJob(past)])
    let house = try load(now: .seconds(1000))
    #expect(try house.takeNext(now: .seconds(1000))?.id == "c")
    #expect(try house.takeNext(now: .milliseconds(1_009_999)) == nil)
    #expect(try house.takeNext(now: .seconds(1010))?.id == "a")
    #expect(try house.takeNext(now: .milliseconds(4_599_999)) == nil)
    #expect(try house.takeNext(now: .seconds(4600))?.id == "b")
  }

  @Test func `a thousand jobs of every state are counted as the store counts them`() throws {
    var random = SystemRandomNumberGenerator()
    let jobs = (1...1000).map { sequence in
      let status = JobStatus.allCases.randomElement(using: &random)!
      return makeJob("job\(sequence)", Int64(sequence), priority: .random(in: -3...3), status: status)
    }
    try store.commitAll(jobs.map { .insertJob($0) })
    let house = try load()
    house.finish()
    let counts = try store.counts()
    #expect(house.jobs.counts.filter { $0.value > 0 } == counts)
    var taken: [Job] = []
    while let job = try house.takeNext(now: .zero) { taken.append(job) }
    let expected = jobs.filter { !$0.status.isEnd }.sorted { ($1.priority, $0.sequence) < ($0.priority, $1.sequence) }
    #expect(taken.map(\.id) == expected.map(\.id))
  }

  private func load(
    live: Set<WorkID> = [], unbegun: Set<WorkID> = [], now: Duration = .zero
  ) throws -> JobHouse {
    try JobHouse(store, live: live, unbegun: unbegun, now: now)
  }

  private func runningJob(_ id: String, _ sequence: Int64, attempt: Int32) -> Job {
    var job = makeJob(id, sequence)
    for _ in 0..<attempt {
      job.status = .pending
      job.start(at: noon)
    }
    return job
  }
}
