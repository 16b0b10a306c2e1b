import HoneydewCore
import HoneydewRPC
import HoneydewWire
import Testing

@testable import HoneydewDaemon

struct TurnTests {
  @Test func `effects happen in their order, when the turn is committed and not before`() {
    let seen = Seen()
    var turn = Turn()
    turn.afterCommit {
      seen.add("reply")
    } otherwise: {
      seen.add("no reply")
    }
    turn.always { seen.add("signal") }
    turn.afterCommit { seen.add("event") }
    #expect(seen.texts == [])
    turn.run(committed: true)
    #expect(seen.texts == ["reply", "signal", "event"])
  }

  @Test func `after a failed commit only what does not depend on it happens`() {
    let seen = Seen()
    var turn = Turn()
    turn.afterCommit {
      seen.add("reply")
    } otherwise: {
      seen.add("no reply")
    }
    turn.always { seen.add("signal") }
    turn.afterCommit { seen.add("event") }
    turn.run(committed: false)
    #expect(seen.texts == ["no reply", "signal"])
  }

  @Test func `an effect that decides something leaves it to the next turn`() {
    let seen = Seen()
    let owner = Owner()
    owner.turn.afterCommit {
      seen.add("first")
      owner.turn.write(.setConfig(key: "k", value: "v"))
      owner.turn.always { seen.add("second") }
    }
    owner.finish()
    #expect(seen.texts == ["first"])
    #expect(owner.turn.writes == [.setConfig(key: "k", value: "v")])
    #expect(!owner.turn.isEmpty)
    owner.finish()
    #expect(seen.texts == ["first", "second"])
    #expect(owner.turn.isEmpty)
  }

  @Test func `a turn is empty until something is decided`() {
    var turn = Turn()
    #expect(turn.isEmpty && !turn.isDurable)
    turn.write(.setConfig(key: "a", value: "1"))
    turn.write(.setConfig(key: "b", value: "2"))
    #expect(!turn.isEmpty && !turn.isDurable)
    #expect(turn.writes == [.setConfig(key: "a", value: "1"), .setConfig(key: "b", value: "2")])
    var other = Turn()
    other.always {}
    #expect(!other.isEmpty && !other.isDurable)
  }

  @Test func `a client is answered from what is committed, and only after the disk has it`() throws {
    let owner = Owner()
    var state = "before"
    let client = try Caller { call in
      owner.turn.reply(to: call) { .with { $0.jobID = state } }
    }
    state = "after"
    #expect(owner.turn.isDurable)
    #expect(try client.answer() == nil)
    owner.finish()
    #expect(try client.answer() == .success(.with { $0.jobID = "after" }))
  }

  @Test func `an answer that turns out to be an error is one`() throws {
    let owner = Owner()
    let client = try Caller { call in
      owner.turn.reply(to: call) { () throws(Status) in throw .jobNotFound("abc") }
    }
    owner.finish()
    #expect(try client.answer() == .failure(.jobNotFound("abc")))
  }

  @Test func `a client whose turn was not committed is told that nothing is known`() throws {
    let owner = Owner()
    let client = try Caller { call in
      owner.turn.reply(to: call) {
        Issue.record("there is nothing to answer")
        return .init()
      }
    }
    owner.finish(committed: false)
    #expect(try client.answer() == .failure(.storeUnavailable))
  }
}

private final class Seen {
  private(set) var texts: [String] = []
  func add(_ text: String) { texts.append(text) }
}

/// Somebody with a turn, which ends as the supervisor's does.
private final class Owner {
  var turn = Turn()

  func finish(committed: Bool = true) {
    var done = turn
    turn = Turn()
    done.run(committed: committed)
  }
}

/// A client that has called.
private final class Caller {
  typealias Response = Honeydew_SubmitJobResponse
  private let pair: Pair
  private var result: Result<Response, Status>?

  init(_ handler: @escaping (UnaryCall<Response>) -> Void) throws {
    var router = Router()
    router.unary("/test/Call") { (_: Honeydew_SubmitJobRequest, call: UnaryCall<Response>) in handler(call) }
    pair = Pair(router)
    pair.client.unary("/test/Call", Honeydew_SubmitJobRequest()) { [unowned self] in result = $0 }
    try pair.run()
  }

  func answer() throws -> Result<Response, Status>? {
    try pair.run()
    return result
  }
}
