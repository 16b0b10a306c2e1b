import HoneydewCore
import HoneydewMessages
import HoneydewProtobuf
import HoneydewRPC
import HoneydewSystem
import Testing

@testable import HoneydewDaemon
@testable import HoneydewStore

/// What a turn has decided, and when it leaves.
struct TurnTests {
  let directory = TemporaryDirectory()
  let house: JobHouse

  init() throws {
    house = try JobHouse(directory.openStore())
  }

  @Test func `effects leave in their order, when the turn is committed and not before`() throws {
    house.turn.plan(.removeResult("a"), when: .committed)
    house.turn.plan(.removeResult("b"), when: .always)
    house.turn.plan(.removeResult("c"), when: .committed)
    #expect(house.removed == [])
    house.finish()
    #expect(house.removed == ["a", "b", "c"])
    #expect(house.runner.isIdle)
  }

  @Test func `what tells a client leaves when the disk has it`() throws {
    house.turn.write(.setConfig(key: "k", value: "v"))
    house.turn.plan(.removeResult("told"), when: .synced)
    house.finish()
    #expect(house.removed == ["told"])
    #expect(house.disk.syncs == 1 && house.gate.isSettled)
  }

  @Test func `with the store down only what does not depend on it leaves, and the rest is given up`() throws {
    house.gate.fail(StoreError(.io, "the disk is gone"))
    house.turn.write(.setConfig(key: "k", value: "v"))
    house.turn.plan(.removeResult("told"), when: .synced)
    house.turn.plan(.removeResult("signal"), when: .always)
    house.turn.plan(.removeResult("log"), when: .committed)
    house.finish()
    #expect(house.removed == ["signal"])
    #expect(house.discarded.map(\.refusal) == [.storeUnavailable, .storeUnavailable])
    #expect(house.runner.isIdle)
  }

  @Test func `what workers sent is decided again when its turn is lost, and before what came later`() throws {
    let (first, second) = (WorkID(id: "a", attempt: 1), WorkID(id: "b", attempt: 1))
    house.turn.note(WorkerInput(first, .lost(.timedOut, after: .zero)))
    house.turn.write(.setConfig(key: "k", value: "v"))
    house.inbox.add(WorkerInput(second, .lost(.timedOut, after: .zero)))
    house.gate.fail(StoreError(.io, "the disk is gone"))
    house.finish()
    #expect(house.inbox.take().map(\.work) == [first, second])
  }

  /// Has the log restarted: meanwhile turns gather.
  private func closeGate() throws {
    house.turn.write(.setConfig(key: "long", value: String(repeating: "x", count: 5 << 20)))
    house.finish()
    house.gate.step()
    house.disk.onAnswer(.copied(1300, of: 1300))
    try #require(house.disk.asked == [.copy, .restartTruncating] || house.disk.asked == [.copy, .restart])
    try #require(!house.gate.mayCommit)
  }

  @Test func `while the log is restarted turns gather, and what waits for no commit leaves`() throws {
    try closeGate()
    for name in ["first", "second"] {
      house.turn.write(.setConfig(key: name, value: "v"))
      house.turn.plan(.removeResult(name), when: .synced)
      house.turn.plan(.removeResult("signal"), when: .always)
      house.finish()
    }
    #expect(house.removed == ["signal", "signal"])
    house.disk.onAnswer(.restarted(frames: 1))
    house.finish()
    #expect(house.removed == ["signal", "signal", "first", "second"])
    #expect(try house.store.config(key: "second") == "v")
  }

  @Test func `what waits for a sync leaves though the log is restarted meanwhile`() throws {
    house.disk.hasSyncer = true
    let house = try JobHouse(directory.openStore(), disk: house.disk)
    house.turn.write(.setConfig(key: "long", value: String(repeating: "x", count: 5 << 20)))
    house.turn.plan(.removeResult("told"), when: .synced)
    house.finish()
    house.gate.step()
    house.disk.onAnswer(.copied(1300, of: 1300))
    house.turn.write(.setConfig(key: "k", value: "v"))
    house.disk.finishSync()
    house.finish()
    #expect(!house.gate.mayCommit && house.removed == ["told"])
  }

  @Test func `a store that goes down while the log is restarted holds back nobody`() throws {
    try closeGate()
    house.turn.write(.setConfig(key: "k", value: "v"))
    house.turn.plan(.removeResult("told"), when: .synced)
    house.finish()
    #expect(house.discarded.isEmpty)
    house.disk.onAnswer(.syncFailed("the disk is gone"))
    house.finish()
    #expect(house.discarded.map(\.refusal) == [.storeUnavailable])
    #expect(house.runner.isIdle)
  }

  @Test func `a write that the database refuses fails its own decision, and no other`() throws {
    let job = makeJob("a", 1)
    try house.store.commitAll([.insertJob(job)])
    house.turn.beginDecision()
    house.turn.write(.insertJob(job))
    house.turn.plan(.removeResult("refused"), when: .synced)
    house.turn.beginDecision()
    house.turn.write(.setConfig(key: "k", value: "v"))
    house.turn.plan(.removeResult("done"), when: .synced)
    house.finish()
    #expect(house.removed == ["done"])
    #expect(house.discarded.map(\.refusal) == [.writeRefused])
    #expect(try house.store.config(key: "k") == "v")
    #expect(house.gate.store != nil && house.reloads == 1)
  }

  @Test func `a row that two decisions have changed fails both`() throws {
    let job = makeJob("a", 1)
    try house.store.commitAll([.insertJob(job)])
    house.turn.beginDecision()
    house.jobs.insert(job)
    house.turn.plan(.removeResult("first"), when: .committed)
    house.turn.beginDecision()
    house.jobs.reprioritize(job)
    house.turn.plan(.removeResult("second"), when: .committed)
    house.finish()
    #expect(house.removed == [])
    #expect(house.discarded.count == 2)
  }

  @Test func `an effect that decides something is a mistake that ends a test`() async {
    await #expect(processExitsWith: .failure) {
      let turn = Turn(clock: SetClock())
      turn.acting { turn.write(.setConfig(key: "k", value: "v")) }
    }
    await #expect(processExitsWith: .failure) {
      let turn = Turn(clock: SetClock())
      turn.acting { turn.plan(.endOrphans, when: .always) }
    }
  }

  @Test func `a turn is empty until something is decided`() {
    let turn = Turn(clock: SetClock())
    #expect(turn.isEmpty)
    turn.write(.setConfig(key: "a", value: "1"))
    #expect(!turn.isEmpty)
    #expect(turn.take().writes.map(\.write) == [.setConfig(key: "a", value: "1")])
    #expect(turn.isEmpty)
  }

  @Test(arguments: [false, true]) func `a client is answered once, by what was decided or by why it is lost`(
    isLost: Bool
  ) throws {
    let caller = try Caller { call in
      house.turn.plan(.reply(call.reply(.with { $0.jobID = "a" })), when: .synced)
    }
    #expect(try caller.answer() == nil)
    if isLost { house.gate.fail(StoreError(.io, "the disk is gone")) }
    house.finish()
    let effect = try #require(house.done.first ?? house.discarded.first?.effect)
    guard case .reply(let reply) = effect else { return #expect(Bool(false), "a reply is an effect") }
    isLost ? reply.fail(Status(.storeUnavailable)) : reply.send()
    let expected: Result<Honeydew_SubmitJobResponse, Status> =
      isLost ? .failure(Status(.storeUnavailable)) : .success(.with { $0.jobID = "a" })
    #expect(try caller.answer() == expected)
  }
}

extension JobHouse {
  /// Effects that were carried out, of the kind that tests tell apart by a name.
  var removed: [String] {
    done.compactMap { if case .removeResult(let name) = $0 { name } else { nil } }
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
