internal import HoneydewConfig
internal import HoneydewCore
internal import HoneydewStore
internal import HoneydewSystem

/// When a commit fails, memory is ahead of the disk: the store goes down, callers are told that the outcome is unknown,
/// and a backed-off timer opens it again and reloads memory from it.
extension Supervisor {
  func storeFailed(_ error: StoreError) {
    log.error("store down", ["error": .string(error.message)])
    store?.close()
    store = nil
    storeError = error.message
    scheduleReopening()
    onServingChange(false)
  }

  func reopenStoreIfDue() {
    guard let due = storeReopensAt, due <= now else { return }
    storeReopensAt = nil
    do throws(StoreError) {
      let store = try Store(path: settings.storage.databasePath, now: wallNow, mustExist: true)
      CrashPoint.reopening.pass()
      let live = Set(pool.workers.compactMap { $0.slot.work } + undecided.map(\.work))
      jobs = try JobBook(store: store, live: live, now: now, wallNow: wallNow)
      try environments.reload(from: store)
      CrashPoint.reopening.pass()
      self.store = store
    } catch {
      storeError = error.message
      return scheduleReopening()
    }
    storeFailures = 0
    log.info("store up again")
    onServingChange(drain == nil)
    let results = undecided
    undecided = []
    for (worker, work, result) in results { decide(worker, work, result) }
  }

  private func scheduleReopening() {
    storeReopensAt = now + Backoff.store.delay(failures: storeFailures, jitter: jitter())
    storeFailures += 1
  }
}
