import HoneydewTestSupport
import Testing

@testable import HoneydewCore

@Suite struct SyncPlanTests {
  var plan = SyncPlan(hasUnsyncedCommits: false, hasSyncer: true)

  /// Begins the sync that is due.
  private mutating func begin() throws -> SyncPlan.Ticket {
    guard case .begin(let ticket) = plan.next(isAlone: false) else { throw NoSync() }
    return ticket
  }

  private mutating func end(_ ticket: SyncPlan.Ticket, took: Duration = .milliseconds(5)) -> SyncPlan.Outcome {
    plan.finished(ticket, succeeded: true, took: took)
  }

  private struct NoSync: Error {}

  @Test mutating func `A turn that tells nobody asks for no sync`() {
    let turn = plan.commit()
    let action = plan.next(isAlone: true)
    #expect(action == .nothing)
    #expect(!plan.isSynced(turn) && plan.isSettled)
  }

  @Test mutating func `A turn that tells waits for a sync of all before it`() throws {
    let first = plan.commit()
    let told = plan.wantSync()
    #expect(told == first && !plan.isSynced(told) && !plan.isSettled)
    let ticket = try begin()
    let outcome = end(ticket)
    #expect(outcome == .synced(through: first))
    #expect(plan.isSynced(told) && plan.isSettled)
  }

  @Test mutating func `What is synced already is told at once`() throws {
    _ = plan.commit()
    _ = plan.wantSync()
    _ = end(try begin())
    let again = plan.wantSync()
    #expect(plan.isSynced(again))
    let action = plan.next(isAlone: true)
    #expect(action == .nothing)
  }

  @Test mutating func `A read tells what others committed, and so waits for them`() throws {
    let turn = plan.commit()
    let read = plan.wantSync()
    #expect(read == turn && !plan.isSynced(read))
  }

  @Test mutating func `A turn that ends while a sync runs is covered by the next one`() throws {
    _ = plan.commit()
    _ = plan.wantSync()
    let first = try begin()
    let late = plan.commit()
    _ = plan.wantSync()
    let meanwhile = plan.next(isAlone: true)
    #expect(meanwhile == .nothing, "one at a time")
    let outcome = end(first)
    #expect(outcome == .synced(through: late - 1) && !plan.isSynced(late))
    _ = end(try begin())
    #expect(plan.isSynced(late))
  }

  @Test mutating func `A lone client's sync is done here when the disk is quick`() throws {
    for _ in 1...4 {
      _ = plan.commit()
      _ = plan.wantSync()
      _ = end(try begin(), took: .microseconds(100))
    }
    let turn = plan.commit()
    _ = plan.wantSync()
    var others = plan
    guard case .begin = others.next(isAlone: false) else { throw NoSync() }
    guard case .syncHere(let ticket) = plan.next(isAlone: true) else { throw NoSync() }
    let outcome = end(ticket, took: .milliseconds(1))
    #expect(outcome == .synced(through: turn))
    // It was slow this time.
    _ = plan.commit()
    _ = plan.wantSync()
    guard case .begin = plan.next(isAlone: true) else { throw NoSync() }
  }

  @Test func `Without a thread every sync is done here`() throws {
    var plan = SyncPlan(hasUnsyncedCommits: true, hasSyncer: false)
    _ = plan.wantSync()
    guard case .syncHere = plan.next(isAlone: false) else { throw NoSync() }
  }

  @Test func `What a predecessor has left in the log waits for a sync too`() {
    var plan = SyncPlan(hasUnsyncedCommits: true, hasSyncer: true)
    let read = plan.wantSync()
    #expect(!plan.isSynced(read))
    plan.syncedElsewhere()
    #expect(plan.isSynced(read) && plan.isSettled)
  }

  @Test mutating func `After a failed sync nothing more is begun, and nothing is synced`() throws {
    let turn = plan.commit()
    _ = plan.wantSync()
    let ticket = try begin()
    let outcome = plan.finished(ticket, succeeded: false, took: .milliseconds(1))
    #expect(outcome == .failed)
    plan.syncedElsewhere()
    let action = plan.next(isAlone: false)
    #expect(action == .nothing && !plan.isSynced(turn))
  }

  @Test(arguments: [true, false])
  mutating func `A sync of an earlier life says nothing, and keeps the syncer busy`(succeeds: Bool) throws {
    _ = plan.commit()
    _ = plan.wantSync()
    let old = try begin()
    plan.wentDown()
    plan.reopened()
    let turn = plan.commit()
    _ = plan.wantSync()
    let meanwhile = plan.next(isAlone: true)
    #expect(meanwhile == .nothing && plan.isSyncing)
    let outcome = plan.finished(old, succeeded: succeeds, took: .seconds(9))
    #expect(outcome == .ignored && !plan.isSynced(turn))
    _ = end(try begin())
    #expect(plan.isSynced(turn))
  }

  /// Against a disk that is a number, and a list of who waits.
  @Test(arguments: 1...50 as ClosedRange<UInt64>)
  func `Nobody is told before the disk has it, and everybody is in the end`(seed: UInt64) {
    var random = SeededGenerator(state: seed)
    var plan = SyncPlan(hasUnsyncedCommits: Bool.random(using: &random), hasSyncer: Bool.random(using: &random))
    var (committed, onDisk) = (plan.committed, plan.synced)
    var waiting: Set<Int64> = []
    /// What is under way, and what the disk had to write when it began; nil after the store went down meanwhile.
    var running: (ticket: SyncPlan.Ticket, covers: Int64?)?
    func tell() {
      for turn in waiting where plan.isSynced(turn) {
        #expect(turn <= onDisk)
        waiting.remove(turn)
      }
    }
    func finish(_ random: inout SeededGenerator, succeeds: Bool) {
      guard let (ticket, covers) = running.take() else { return }
      if succeeds, let covers { onDisk = max(onDisk, covers) }
      let took = Duration.microseconds(Int.random(in: 10...800, using: &random))
      let outcome = plan.finished(ticket, succeeded: succeeds, took: took)
      #expect((outcome == .ignored) == (covers == nil))
      if outcome == .failed { goDown() }
      tell()
    }
    func goDown() {
      plan.wentDown()
      waiting = []
      running?.covers = nil
      plan.reopened()
      onDisk = committed
    }
    for _ in 1...400 {
      switch Int.random(in: 0..<20, using: &random) {
      case 0: goDown()
      case 1: finish(&random, succeeds: false)
      case 2...6: finish(&random, succeeds: true)
      case 7:
        plan.syncedElsewhere()
        onDisk = committed
      default:
        if Bool.random(using: &random) {
          committed += 1
          let turn = plan.commit()
          #expect(turn == committed)
        }
        if Bool.random(using: &random) { waiting.insert(plan.wantSync()) }
      }
      switch plan.next(isAlone: Bool.random(using: &random)) {
      case .nothing: #expect(waiting.isEmpty || running != nil || waiting.allSatisfy { $0 <= onDisk })
      case .begin(let ticket):
        #expect(running == nil)
        running = (ticket, committed)
      case .syncHere(let ticket):
        #expect(running == nil)
        running = (ticket, committed)
        finish(&random, succeeds: true)
      }
      tell()
    }
    finish(&random, succeeds: true)
    if case .begin(let ticket) = plan.next(isAlone: false) { running = (ticket, committed) }
    finish(&random, succeeds: true)
    tell()
    #expect(waiting.isEmpty || plan.next(isAlone: false) != .nothing)
  }
}
