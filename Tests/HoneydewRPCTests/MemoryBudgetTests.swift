import Testing

@testable import HoneydewRPC

/// Many connections with one budget, each a client and a server without sockets.
@Suite struct MemoryBudgetTests {
  private final class Service {
    var waiting: [StreamingCall<Note>] = []
    private(set) var router = Router()

    init() {
      router.serverStreaming("/test.Notes/Wait") { [unowned self] (_: Note, call: StreamingCall<Note>) in
        waiting.append(call)
      }
      router.unary("/test.Notes/Echo") { (request: Note, call: UnaryCall<Note>) in call.respond(request) }
    }
  }

  private let service = Service()

  private func pair(_ budget: MemoryBudget) -> Pair {
    Pair(service.router, budget: budget)
  }

  /// Sends a request that waits for its end.
  private func sendHalf(_ bytes: Int, on pair: Pair, onEnd: @escaping (Status) -> Void = { _ in }) throws {
    let stream: ClientStream<Note> = pair.client.bidirectional(
      "/test.Notes/Wait", onMessage: { (_: Note) in }, onEnd: onEnd)
    stream.send(Note("", bytes: bytes))
    try pair.run()
  }

  private func echo(_ bytes: Int, on pair: Pair) throws -> Status.Code? {
    var code: Status.Code?
    pair.client.unary("/test.Notes/Echo", Note("", bytes: bytes)) { (result: Result<Note, Status>) in
      switch result {
      case .success: code = .ok
      case .failure(let status): code = status.code
      }
    }
    try pair.run()
    return code
  }

  @Test func `half-sent requests of all connections together stay within the budget, and small calls go on`() throws {
    let budget = MemoryBudget(limit: 8 << 20)
    let pairs = (0..<50).map { _ in pair(budget) }
    var ends: [Status] = []
    for pair in pairs {
      try sendHalf(1 << 20, on: pair) { ends.append($0) }
      #expect(budget.used <= budget.limit)
    }
    #expect(ends.count > 40 && ends.allSatisfy { $0.code == .resourceExhausted })
    #expect(ends.first?.errorInfo?.reason == "OUT_OF_MEMORY")
    let other = pair(budget)
    #expect(try echo(100, on: other) == .ok)
    #expect(try echo(1 << 20, on: other) == .resourceExhausted)
    #expect(try echo(100, on: other) == .ok)
  }

  @Test func `unread answers of all connections together stay within the budget`() throws {
    let budget = MemoryBudget(limit: 8 << 20)
    var ends: [Status] = []
    let pairs = (0..<50).map { _ in pair(budget) }
    for pair in pairs {
      pair.client.serverStreaming(
        "/test.Notes/Wait", Note("a"), onMessage: { (_: Note) in }, onEnd: { ends.append($0) })
      try pair.toServer()
      service.waiting.last?.send(Note("", bytes: 1 << 20))
      #expect(budget.used <= budget.limit)
    }
    #expect(try echo(100, on: pair(budget)) == .ok)
    for pair in pairs { try pair.run() }
    #expect(ends.count > 40 && ends.allSatisfy { $0.code == .resourceExhausted })
    #expect(budget.used < 2 << 20)
  }

  @Test func `when small calls alone use it up, the connection that holds most is ended`() throws {
    let budget = MemoryBudget(limit: 1 << 20)
    let greedy = pair(budget)
    let others = (0..<10).map { _ in pair(budget) }
    for other in others { try sendHalf(10_000, on: other) }
    var ends: [Status] = []
    for _ in 0..<100 where !greedy.server.isFinished {
      try? sendHalf(12_000, on: greedy) { ends.append($0) }
    }
    #expect(greedy.server.isFinished)
    greedy.client.abort()
    #expect(!ends.isEmpty && ends.allSatisfy { $0.code == .unavailable || $0.code == .resourceExhausted })
    #expect(others.allSatisfy { $0.server.openCalls == 1 })
    #expect(budget.used < 1 << 19)
    #expect(try echo(100, on: others[0]) == .ok)
  }

  @Test func `what connections held is free again when they are gone`() throws {
    let budget = MemoryBudget(limit: 8 << 20)
    do {
      let pairs = (0..<5).map { _ in pair(budget) }
      for pair in pairs { try sendHalf(1 << 20, on: pair) }
      #expect(budget.used > 5 << 20)
      pairs[0].server.abort()
      #expect(budget.used < 5 << 20)
    }
    service.waiting = []
    #expect(budget.used == 0)
  }

  @Test func `a request counts until its call has ended, since the handler may keep it`() throws {
    let budget = MemoryBudget(limit: 8 << 20)
    let pair = pair(budget)
    pair.client.serverStreaming(
      "/test.Notes/Wait", Note("", bytes: 1 << 20), onMessage: { (_: Note) in }, onEnd: { _ in })
    try pair.run()
    #expect(service.waiting.count == 1 && budget.used > 1 << 20)
    service.waiting[0].finish()
    try pair.run()
    #expect(budget.used < 64 << 10)
  }

  @Test func `a connection that is not kept says why in a GOAWAY`() throws {
    let client = ClientConnection(now: .zero)
    var end: Status?
    client.unary("/test.Notes/Echo", Note("")) { (result: Result<Note, Status>) in
      if case .failure(let status) = result { end = status }
    }
    try client.receive(ServerConnection.farewell("too many"), now: .zero)
    client.abort()
    #expect(end?.code == .unavailable)
  }
}
