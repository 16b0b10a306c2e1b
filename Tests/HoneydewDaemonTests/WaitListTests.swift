import HoneydewCore
import HoneydewMessages
import HoneydewProtobuf
import HoneydewRPC
import Testing

@testable import HoneydewDaemon
@testable import HoneydewStore

struct WaitListTests {
  let house: WaitHouse

  init() throws {
    house = try WaitHouse()
  }

  @Test func `each status is sent as its job ends, and then the stream ends`() throws {
    try house.submit("a", "b")
    let client = try house.wait("a", "b")
    #expect(try client.seen() == [])
    try house.end("b")
    #expect(try client.seen() == ["b"])
    #expect(client.end == nil)
    try house.end("a")
    #expect(try client.seen() == ["b", "a"])
    #expect(client.end == .ok)
    #expect(house.waits.deadline == nil)
  }

  @Test func `a job that has ended, in this turn or long ago, is told at once`() throws {
    try house.submit("a", "b")
    try house.end("a")
    let client = try house.wait("a", "a")
    #expect(try client.seen() == ["a"] && client.end == .ok)
  }

  @Test func `all who wait for a job are told, and a client that left disturbs nobody`() throws {
    try house.submit("a", "b")
    let clients = [try house.wait("a"), try house.wait("a"), try house.wait("b", "a")]
    try clients[1].cancel()
    try house.end("a")
    #expect(try clients[0].seen() == ["a"] && clients[0].end == .ok)
    #expect(try clients[2].seen() == ["a"] && clients[2].end == nil)
    try house.end("b")
    #expect(try clients[2].seen() == ["a", "b"] && clients[2].end == .ok)
    #expect(try clients[1].seen() == [])
  }

  @Test func `what a client that left was waiting for is forgotten in the turns that follow`() throws {
    try house.submit("a", "b")
    let clients = [try house.wait("a", "b"), try house.wait("b")]
    #expect(house.waits.isAwaited(1) && house.waits.isAwaited(2))
    try clients[0].cancel()
    #expect(house.waits.deadline == .zero)
    house.finish()
    #expect(!house.waits.isAwaited(1) && house.waits.isAwaited(2))
    #expect(house.waits.deadline == nil)
  }

  @Test func `a job that is not there ends the stream with the reason`() throws {
    try house.submit("a")
    let client = try house.wait("a", "zzz")
    #expect(client.end == Status(.jobNotFound("zzz")))
    try house.end("a")
    #expect(try client.seen() == [])
  }

  @Test func `with the store down nobody is told of an end that may be lost, and the client goes on waiting`() throws {
    try house.submit("a")
    let client = try house.wait("a")
    try house.end("a") { house.inner.gate.fail(StoreError(.io, "the disk is gone")) }
    #expect(try client.seen() == [] && client.end == nil)
    try house.reopen()
    #expect(try client.seen() == [] && client.end == nil, "the end was lost")
    try house.end("a")
    #expect(try client.seen() == ["a"] && client.end == .ok)
  }

  @Test func `the end of a stream that is lost with the store comes when the store is back`() throws {
    let names = (0..<10).map { "job\($0)" }
    try house.submit(names, resultSize: 70_000)
    let client = try house.wait(names)
    for name in names { try house.end(name) }
    // What the client was too slow to take is gone, and the end is all that is left to be sent.
    house.inner.jobs.remove(try house.inner.jobs.references(of: names[...], within: .everybodys))
    house.finish()
    try client.read()
    house.finish { house.inner.gate.fail(StoreError(.io, "the disk is gone")) }
    #expect(client.end == nil)
    try house.reopen()
    #expect(try client.seen().count < names.count && client.end == .ok)
  }

  @Test func `everybody is told when nobody can be served any more`() throws {
    try house.submit("a", "b")
    let clients = [try house.wait("a"), try house.wait("a", "b")]
    house.waits.failAll(.shuttingDown)
    for client in clients {
      #expect(try client.seen() == [])
      #expect(client.end == Status(.shuttingDown))
    }
  }

  @Test func `all clients together name no more jobs than the limit, and who is refused takes no place`() throws {
    let house = try WaitHouse(limit: 3)
    try house.submit("a", "b")
    let clients = [try house.wait("a", "b"), try house.wait("a", "b"), try house.wait("b")]
    let refused = try #require(clients[1].end)
    #expect(refused.code == .resourceExhausted && refused.errorInfo?.reason == "TOO_MANY_WAITS")
    #expect(refused.message.contains("wait for 2 jobs, and at most 3"))
    for name in ["a", "b"] { try house.end(name) }
    #expect(try clients[0].seen() == ["a", "b"] && clients[0].end == .ok)
    #expect(try clients[2].seen() == ["b"] && clients[2].end == .ok)
    let later = try house.wait("a", "b")
    #expect(try later.seen() == ["a", "b"] && later.end == .ok)
  }

  @Test func `statuses are read no faster than a slow client takes them`() throws {
    let names = (0..<10).map { "job\($0)" }
    try house.submit(names, resultSize: 70_000)
    let client = try house.wait(names)
    for name in names { try house.end(name, isRead: false) }
    #expect(house.sent > 0 && house.sent <= 5)
    #expect(try client.seen().sorted() == names.sorted())
    #expect(house.sent == names.count + 1 && client.end == .ok)
  }
}

/// A wait list with jobs behind it.
final class WaitHouse {
  let directory = TemporaryDirectory()
  let inner: JobHouse
  let steps: StepQueue
  let waits: WaitList
  /// Messages that have left.
  private(set) var sent = 0

  init(limit: Int = WaitList.limit) throws {
    inner = try JobHouse(directory.openStore())
    steps = StepQueue(turn: inner.turn, gate: inner.gate, isStopping: { false }, stopwatch: { .zero })
    waits = WaitList(
      turn: inner.turn, gate: inner.gate, jobs: inner.jobs, steps: steps, limit: limit, stopwatch: { .zero })
  }

  func submit(_ names: String...) throws { try submit(names) }

  func submit(_ names: [String], resultSize: Int = 0) throws {
    for name in names {
      var job = makeJob(name, inner.jobs.nextSequence())
      if resultSize > 0 { job.error = JobError(.apiError, String(repeating: "e", count: resultSize)) }
      inner.jobs.insert(job)
    }
    finish()
  }

  /// Ends a job, and the turn.
  ///
  /// - Parameter interference: what happens before the turn's end.
  func end(_ name: String, isRead: Bool = true, before interference: () -> Void = {}) throws {
    var job = try inner.jobs.find(name, within: .everybodys)
    let error = job.error
    _ = job.cancel(nil, at: noon)
    job.error = error ?? job.error
    inner.jobs.end(job, from: .pending, isQueued: true)
    interference()
    finish()
  }

  /// - Parameter interference: what happens when all is decided, and nothing is committed.
  func finish(before interference: () -> Void = {}) {
    steps.step()
    waits.step()
    for event in inner.turn.takeEvents() where event.isEnd { waits.jobEnded(event.sequence) }
    waits.sendEnded()
    interference()
    inner.finish()
    for effect in inner.done {
      switch effect {
      case .reply(let reply):
        reply.send()
        sent += 1
      case .waited(let message):
        message.send()
        sent += 1
      default: break
      }
    }
    for (effect, refusal) in inner.discarded {
      switch effect {
      case .reply(let reply): reply.fail(Status(refusal))
      case .waited(let message): message.takeBack()
      default: break
      }
    }
    (inner.done, inner.discarded) = ([], [])
  }

  /// Opens the store again, as it was before the turn that was lost.
  func reopen() throws {
    let store = try directory.openStore()
    try inner.jobs.load(from: store, live: [])
    inner.gate.use(store)
    waits.lookAgain()
    finish()
  }

  fileprivate func wait(_ names: String...) throws -> Waiter { try wait(names) }
  fileprivate func wait(_ names: [String]) throws -> Waiter { try Waiter(self, names) }
}

/// A client that waits.
private final class Waiter {
  // In this order: the connection ends before the list that it tells of its end.
  private let pair: Pair
  private let house: WaitHouse
  private var call: ClientCall?
  private var messages: [String] = []
  private(set) var end: Status?

  init(_ house: WaitHouse, _ names: [String]) throws {
    self.house = house
    var router = Router()
    router.serverStreaming("/test/Wait") { (_: Honeydew_WaitJobsRequest, call: StreamingCall<Honeydew_JobStatus>) in
      house.steps.begin(WaitSearch(names, within: .everybodys, jobs: house.inner.jobs, waits: house.waits, call: call))
    }
    pair = Pair(router)
    call = pair.client.serverStreaming(
      "/test/Wait", Honeydew_WaitJobsRequest(),
      onMessage: { [weak self] (status: Honeydew_JobStatus) in self?.messages.append(status.jobID) },
      onEnd: { [weak self] in self?.end = $0 })
    try pair.run()
    house.finish()
    try pair.run()
  }

  func cancel() throws {
    call?.cancel()
    try pair.run()
  }

  /// Takes what was sent.
  func read() throws { try pair.run() }

  /// The jobs whose status has come so far.
  func seen() throws -> [String] {
    var before = -1
    while messages.count != before {
      before = messages.count
      try pair.run()
      house.finish()
      try pair.run()
    }
    return messages
  }
}
