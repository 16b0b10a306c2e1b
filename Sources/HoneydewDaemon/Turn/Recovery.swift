internal import HoneydewCore
internal import HoneydewStore
internal import HoneydewSystem

/// After the store was down and is open again: reloads memory from it with the code of the start. Attempts that workers
/// still carry out go on, and what workers sent meanwhile has waited in the inbox and is decided now.
final class Recovery: TurnOwner {
  private let turn: Turn
  private let gate: StoreGate
  private let jobs: JobBook
  private let schedules: ScheduleBook
  private let zones: ZoneDesk
  private let auth: AuthDesk
  private let keys: KeyDesk
  private let workers: WorkerDesk
  private let inbox: Inbox
  private let waits: WaitList

  init(
    turn: Turn, gate: StoreGate, jobs: JobBook, schedules: ScheduleBook, zones: ZoneDesk, auth: AuthDesk, keys: KeyDesk,
    workers: WorkerDesk, inbox: Inbox, waits: WaitList
  ) {
    self.turn = turn
    self.gate = gate
    self.jobs = jobs
    self.schedules = schedules
    self.zones = zones
    self.auth = auth
    self.keys = keys
    self.workers = workers
    self.inbox = inbox
    self.waits = waits
  }

  func step() {
    guard let store = gate.reopened else { return }
    do throws(StoreError) {
      try load(from: store)
      CrashPoint.reopening.pass()
      gate.use(store)
    } catch {
      store.close()
      return gate.failedToOpen(error)
    }
    stopUnwantedAttempts()
    waits.lookAgain()
  }

  /// Reloads memory from the open store, when it has turned out that somebody else has changed rows.
  func reload() {
    gate.reading { store throws(StoreError) in try load(from: store) }
    stopUnwantedAttempts()
  }

  private func load(from store: Store) throws(StoreError) {
    try jobs.load(
      from: store, live: workers.liveWork.union(inbox.work), unbegun: inbox.unbegunWork)
    try keys.settle(with: store)
    try schedules.load(from: store)
    try zones.load(from: store)
    try auth.reload(from: store)
  }

  /// A commit that failed may be on disk all the same: stops the attempts of jobs that it has cancelled.
  private func stopUnwantedAttempts() {
    for worker in workers.all {
      guard let work = worker.slot.work, !auth.isCall(work), jobs.running[work.id] == nil, !inbox.work.contains(work)
      else { continue }
      workers.apply(.cancel(work), to: worker)
    }
  }
}
