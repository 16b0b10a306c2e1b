import HoneydewRPC
import HoneydewWire
import Testing

@testable import HoneydewDaemon

struct WaitListTests {
  let jobs = Jobs()

  @Test func `each status is sent as its job ends, and then the stream ends`() throws {
    let client = try jobs.wait(["a", "b"])
    #expect(try client.seen() == [])
    jobs.list.jobEnded("b")
    #expect(try client.seen() == ["b"])
    #expect(client.end == nil)
    jobs.list.jobEnded("stranger")
    jobs.list.jobEnded("a")
    #expect(try client.seen() == ["b", "a"])
    #expect(client.end == .ok)
    #expect(!jobs.list.isAwaited("a") && !jobs.list.isAwaited("b"))
  }

  @Test func `a job is awaited while somebody waits for it`() throws {
    #expect(!jobs.list.isAwaited("a"))
    let clients = [try jobs.wait(["a"]), try jobs.wait(["a", "b"])]
    #expect(jobs.list.isAwaited("a"))
    try clients[0].cancel()
    #expect(jobs.list.isAwaited("a"))
    try clients[1].cancel()
    #expect(!jobs.list.isAwaited("a") && !jobs.list.isAwaited("b"))
  }

  @Test func `all who wait for a job are told, and a client that left disturbs nobody`() throws {
    let clients = [try jobs.wait(["a"]), try jobs.wait(["a"]), try jobs.wait(["b", "a"])]
    try clients[1].cancel()
    jobs.list.jobEnded("a")
    #expect(try clients[0].seen() == ["a"])
    #expect(try clients[2].seen() == ["a"])
    #expect(clients[0].end == .ok)
    #expect(clients[2].end == nil)
    jobs.list.jobEnded("b")
    #expect(try clients[2].seen() == ["a", "b"])
    #expect(clients[2].end == .ok)
    #expect(try clients[1].seen() == [])
  }

  @Test func `a wait for nothing ends at once`() throws {
    let client = try jobs.wait([])
    #expect(try client.seen() == [])
    #expect(client.end == .ok)
  }

  @Test func `a status that cannot be read ends the stream with the reason`() throws {
    let client = try jobs.wait(["a", "b"])
    jobs.failure = .storeUnavailable
    jobs.list.jobEnded("a")
    #expect(try client.seen() == [])
    #expect(client.end == .storeUnavailable)
    #expect(!jobs.list.isAwaited("b"))
    jobs.failure = nil
    jobs.list.jobEnded("b")
    #expect(try client.seen() == [])
  }

  @Test func `everybody is told when nobody can be served any more`() throws {
    let clients = [try jobs.wait(["a"]), try jobs.wait(["a", "b"])]
    jobs.list.failAll(.shuttingDown)
    for client in clients {
      #expect(try client.seen() == [])
      #expect(client.end == .shuttingDown)
    }
    #expect(!jobs.list.isAwaited("a") && !jobs.list.isAwaited("b"))
  }

  @Test func `statuses are read no faster than a slow client takes them`() throws {
    jobs.resultSize = 300_000
    let ids = (0..<20).map { "job\($0)" }
    let client = try jobs.wait(Set(ids))
    for id in ids { jobs.list.jobEnded(id) }
    let ahead = jobs.reads
    #expect(ahead > 0 && ahead <= 5)
    #expect(try client.seen() == ids)
    #expect(jobs.reads == ids.count)
    #expect(client.end == .ok)
  }
}

/// A wait list whose jobs' statuses are made up.
final class Jobs {
  let list = WaitList()
  var failure: Status?
  var resultSize = 0
  private(set) var reads = 0

  fileprivate func wait(_ ids: Set<String>) throws -> Waiter { try Waiter(self, ids) }

  func status(_ id: String) throws(Status) -> Honeydew_JobStatus {
    if let failure { throw failure }
    reads += 1
    return .with {
      $0.jobID = id
      $0.result = String(repeating: "r", count: resultSize)
    }
  }
}

/// A client that waits.
private final class Waiter {
  private let pair: Pair
  private var call: ClientCall?
  private var messages: [String] = []
  private(set) var end: Status?

  init(_ jobs: Jobs, _ ids: Set<String>) throws {
    var router = Router()
    router.serverStreaming("/test/Wait") { (_: Honeydew_WaitJobsRequest, call: StreamingCall<Honeydew_JobStatus>) in
      jobs.list.add(ids, call: call) { id throws(Status) in try jobs.status(id) }
    }
    pair = Pair(router)
    call = pair.client.serverStreaming(
      "/test/Wait", Honeydew_WaitJobsRequest(),
      onMessage: { [unowned self] (status: Honeydew_JobStatus) in messages.append(status.jobID) },
      onEnd: { [unowned self] in end = $0 })
    try pair.run()
  }

  func cancel() throws {
    call?.cancel()
    try pair.run()
  }

  /// The jobs whose status has come so far.
  func seen() throws -> [String] {
    try pair.run()
    return messages
  }
}
