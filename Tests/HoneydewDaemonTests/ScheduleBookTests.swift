import HoneydewCore
import HoneydewRPC
import HoneydewStore
import Testing

@testable import HoneydewDaemon

private func makeSchedule(_ name: String, due: Timestamp?, decidedUntil: Timestamp = noon) throws -> Schedule {
  Schedule(
    id: "id-" + name, name: name, expression: try CronExpression("@daily"), expressionText: "@daily",
    command: "diag.noop", payload: Array("{}".utf8), options: .init(environment: "staging"), createdAt: noon,
    nextRunAt: due, decidedUntil: decidedUntil)
}

@Suite struct `The book of schedules` {
  let directory = TemporaryDirectory()
  let store: Store

  init() throws {
    store = try directory.openStore()
  }

  private let clock = SetClock()

  private func openBook(at now: Timestamp = noon) throws -> ScheduleBook {
    clock.wallMilliseconds = now.milliseconds
    let turn = Turn(clock: clock)
    let book = ScheduleBook(
      turn: turn,
      gate: StoreGate(
        store, turn: turn, disk: SetDisk(), room: DiskRoom(besides: store.path, log: try .nowhere()),
        log: try .nowhere(), jitter: { 0 }))
    try book.load(from: store)
    return book
  }

  private func takeDue(_ book: ScheduleBook, at now: Timestamp) throws(Refusal) -> Schedule? {
    clock.wallMilliseconds = now.milliseconds
    return try book.takeDue()
  }

  @Test func `shows this turn's changes before they are stored`() throws {
    let book = try openBook()
    var schedule = try makeSchedule("a", due: noon + .seconds(60))
    book.insert(schedule)
    #expect(try book.find("a", within: .everybodys) == schedule)
    #expect(try book.find("id-a", within: .everybodys) == schedule)
    #expect(try book.names(ofEnvironment: "staging") == ["a"])
    schedule.options.environment = "production"
    book.update(schedule)
    #expect(try book.names(ofEnvironment: "staging") == [])
    #expect(book.writes.map(\.write) == [.insertSchedule(schedule)])
    try store.commitAll(book.writes.map(\.write))
    book.turnEnded(isCommitted: true)
    #expect(book.writes.isEmpty)
    schedule.options.environment = "staging"
    book.update(schedule)
    #expect(try book.names(ofEnvironment: "staging") == ["a"])
    #expect(try book.names(ofEnvironment: "production") == [])
    book.remove(schedule)
    #expect(throws: Refusal.self) { try book.find("a", within: .everybodys) }
    #expect(try book.names(ofEnvironment: "staging") == [])
    #expect(book.writes.map(\.write) == [.removeSchedule(id: "id-a")])
  }

  @Test func `writes nothing about what came and went in one turn`() throws {
    let book = try openBook()
    let schedule = try makeSchedule("a", due: noon)
    book.insert(schedule)
    book.remove(schedule)
    #expect(book.writes.isEmpty)
    #expect(try takeDue(book, at: noon) == nil)
  }

  @Test func `lets a name be used again in the turn of its removal`() throws {
    let book = try openBook()
    let old = try makeSchedule("a", due: noon)
    try store.commitAll([.insertSchedule(old)])
    book.remove(old)
    var new = old
    new.id = "new"
    book.insert(new)
    #expect(try book.find("a", within: .everybodys) == new)
    try store.commitAll(book.writes.map(\.write))
    #expect(try store.schedule(named: "a") == new)
  }

  @Test func `gives what is due, and what must be decided again at once`() throws {
    let later = noon + .seconds(3600)
    try store.commitAll([
      .insertSchedule(makeSchedule("due", due: noon)), .insertSchedule(makeSchedule("later", due: later)),
      .insertSchedule(makeSchedule("unknown", due: nil)),
      .insertSchedule(makeSchedule("ahead", due: later, decidedUntil: noon + .seconds(1))),
    ])
    let book = try openBook()
    var names: [String] = []
    while let schedule = try takeDue(book, at: noon) { names.append(schedule.name) }
    #expect(names == ["ahead", "unknown", "due"])
    #expect(book.queue.earliest == later)
    // The clock goes back: what was decided for a later moment is open again.
    clock.wallMilliseconds = (noon + .seconds(-1)).milliseconds
    try book.clockWasSet()
    names = []
    while let schedule = try takeDue(book, at: noon + .seconds(-1)) { names.append(schedule.name) }
    #expect(names == ["ahead", "due", "later", "unknown"])
  }
}

@Suite struct `Jobs of a schedule that come one after the other` {
  let directory = TemporaryDirectory()
  let store: Store
  let house: JobHouse
  var book: JobBook { house.jobs }

  init() throws {
    store = try directory.openStore()
    house = try JobHouse(store)
  }

  private func insert(_ id: String, priority: Int32 = 0, schedule: String? = "s", isSerial: Bool = true) {
    var job = makeJob(id, book.nextSequence(), priority: priority)
    job.origin = schedule.map { JobOrigin(schedule: $0, tick: nil, isSerial: isSerial) }
    book.insert(job)
  }

  private func start() throws -> Job? {
    guard var job = try house.takeNext(now: .zero) else { return nil }
    job.start(at: noon)
    book.start(job)
    return job
  }

  private func end(_ job: inout Job) {
    guard let ending = job.end(attempt: 1, .succeeded(.inline([])), command: nil, jitter: 0, at: noon) else { return }
    house.update(job, ending, now: .zero)
  }

  @Test func `are held until the one before has ended, and nobody else is`() throws {
    for id in ["a", "b", "c"] { insert(id) }
    insert("x", schedule: nil)
    insert("y", schedule: "other")
    var first = try #require(try start())
    #expect(first.id == "a")
    #expect([try start()?.id, try start()?.id, try start()?.id] == ["x", "y", nil])
    #expect(try book.latestUnendedJob(of: "0/s")?.id == "c")
    #expect(try book.latestUnendedJob(of: "none") == nil)
    end(&first)
    var second = try #require(try start())
    #expect(second.id == "b")
    #expect(try start() == nil)
    end(&second)
    #expect(try start()?.id == "c")
  }

  @Test func `stay in their order across a start of the daemon`() throws {
    for id in ["a", "b", "c"] { insert(id) }
    _ = try start()
    try store.commitAll(book.writes.map(\.write))
    let reloaded = try JobHouse(store)
    #expect(try reloaded.takeNext(now: .zero)?.id == "a")
    #expect(try reloaded.takeNext(now: .zero) == nil)
    #expect(reloaded.jobs.queue.heldCount(for: "0/s") == 2)
  }

  @Test func `give way when one that waits is cancelled`() throws {
    for id in ["a", "b", "c"] { insert(id) }
    var first = try #require(try start())
    var second = try book.find("b", within: .everybodys)
    let isCancelled = second.cancel(nil, at: noon)
    #expect(isCancelled)
    book.end(second, from: .pending, isQueued: true)
    #expect(try start() == nil)
    end(&first)
    #expect(try start()?.id == "c")
    #expect(book.hasUnendedJobs(of: "0/s"))
  }

  @Test func `keep waiting under another priority, and go by it`() throws {
    for id in ["a", "b", "c"] { insert(id) }
    var first = try #require(try start())
    var third = try book.find("c", within: .everybodys)
    third.priority = 9
    book.reprioritize(third)
    #expect(try start() == nil)
    end(&first)
    #expect(try start()?.id == "c")
  }
}
