internal import HoneydewConfig
internal import HoneydewCore
internal import HoneydewStore
internal import HoneydewSystem

/// When a commit fails, memory is ahead of the disk: the store goes down, callers are told that the outcome is unknown,
/// and a backed-off timer opens it again and reloads memory from it.
extension Supervisor {
  func storeFailed(_ error: StoreError) {
    log.of(.store).error("store down", ["error": .string(error.message)])
    store?.close()
    store = nil
    storeError = error.message
    abandonOperations(.storeUnavailable)
    scheduleReopening()
    onServingChange(false)
  }

  func reopenStoreIfDue() {
    guard let due = storeReopensAt, due <= now else { return }
    storeReopensAt = nil
    do throws(StoreError) {
      let store = try Store(path: settings.storage.databasePath, now: wallNow, expecting: storeFileNumber)
      try store.recover(now: wallNow)
      CrashPoint.reopening.pass()
      let live = Set(pool.workers.compactMap { $0.slot.work } + undecided.map(\.work))
      jobs = try JobBook(store: store, throttle: jobs.throttle, live: live, now: now, wallNow: wallNow)
      try settleRotation(with: store)
      schedules = try ScheduleBook(store: store, wallNow: wallNow)
      try environments.reload(from: store)
      CrashPoint.reopening.pass()
      self.store = store
    } catch {
      storeError = error.message
      return scheduleReopening()
    }
    log.of(.store).info("store up again")
    onServingChange(drain == nil)
    catchUp()
    let results = undecided
    undecided = []
    for (worker, work, result) in results { decide(worker, work, result) }
  }

  /// A commit that failed may have written all the same, and then nobody has been told: those who wait for a job that
  /// has ended, and the worker of a job that was cancelled.
  private func catchUp() {
    for id in waits.awaitedJobs where (try? jobs.find(id).status.isEnd) ?? true {
      turn.makeDurable()
      turn.afterCommit { [waits] in waits.jobEnded(id) }
    }
    for worker in pool.workers {
      guard let work = worker.slot.work, runningCalls[work.id] == nil, jobs.running[work.id] == nil else { continue }
      turn.afterCommit { [pool] in pool!.apply(.cancel(work), to: worker) }
    }
  }

  private func scheduleReopening() {
    storeReopensAt = now + Backoff.store.delay(failures: storeFailures, jitter: jitter())
    storeFailures += 1
  }
}
