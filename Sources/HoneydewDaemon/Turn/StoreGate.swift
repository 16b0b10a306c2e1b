internal import HoneydewCore
internal import HoneydewStore
internal import HoneydewSystem

/// The way to the disk: the open store, or why it is down and when it is tried again; what is synced, and by whom; and
/// whether turns may commit, since the log must be restarted now and then.
///
/// When a commit, a sync or a read fails, the store goes down: nothing that waits for it leaves, and `Recovery` opens it
/// again and reloads memory from it.
final class StoreGate: TurnOwner {
  private let turn: Turn
  private let log: Log
  private let disk: any Disk
  private let jitter: () -> Double
  private let room: DiskRoom
  let path: String
  /// What the store's file must still be when it is opened again.
  let fileNumber: UInt64
  /// nil while the store is down.
  private(set) var store: Store?
  /// Why the store is down.
  private(set) var failure = ""
  private var state = State.open
  /// Failures in a row, until a turn's writes are committed again.
  private var failures = 0
  /// Whether the file has turned out to be damaged: nothing is written to it before all of it was found to be whole.
  private var isDamaged = false
  /// How often it was looked through.
  private var checks = 0
  private var syncs: SyncPlan
  private var copies: LogGate
  /// A directory in which a file was renamed that committed rows name: it is synced before they are.
  private var renamedIn: String?
  /// Whether the log tells that another program's read keeps the store's log from being copied.
  private var hasToldHold = false

  /// How far a store that went down has come up again.
  private enum State {
    case open
    /// Nothing is tried before this time (monotonic).
    case waiting(until: Duration)
    /// The helper writes the log again.
    case recovering
    /// All that the log holds is on the disk: the store can be opened.
    case recovered
    /// It is open, and has committed something: the disk must take that too.
    case proving(Store)
    /// Memory can be reloaded from it.
    case proven(Store)
  }

  enum Outcome {
    /// - Parameter refused: the places of the writes that the database did not take; the others are committed.
    case committed(Int64, refused: [Int])
    case failed
  }

  init(
    _ store: Store, turn: Turn, disk: any Disk, room: DiskRoom, log: Log, jitter: @escaping () -> Double
  ) {
    self.store = store
    self.turn = turn
    self.disk = disk
    self.room = room
    self.log = log.of(.store)
    self.jitter = jitter
    path = store.path
    fileNumber = store.fileNumber
    syncs = SyncPlan(hasUnsyncedCommits: true, hasSyncer: disk.hasSyncer)
    copies = LogGate(frames: store.logFrames)
    disk.onAnswer = { [unowned self] in answered($0) }
    disk.onCopierEnd = { [unowned self] in copierEnded() }
  }

  /// The open store, or the refusal that clients get while it is down.
  func open() throws(Refusal) -> Store {
    guard let store else { throw .storeUnavailable }
    return store
  }

  /// Whether the disk is full, so that no job is taken and none is started.
  var isShortOfRoom: Bool { room.isScarce }

  /// Refuses what would use up the room that is left.
  func requireRoom() throws(Refusal) {
    guard !room.isScarce else { throw .diskFull(path) }
  }

  /// Reads for a client. A store that cannot be read is down; a row that cannot be read is told.
  func read<Value>(_ body: (Store) throws(StoreError) -> Value) throws(Refusal) -> Value {
    let store = try open()
    do {
      return try body(store)
    } catch {
      guard error.isOfOneRow else {
        fail(error)
        throw .storeUnavailable
      }
      log.error("row unreadable", ["error": .string(error.message)])
      throw .rowUnreadable(error.message)
    }
  }

  /// Reads for the daemon itself.
  ///
  /// - Returns: nil when it could not be read.
  @discardableResult
  func reading<Value>(_ body: (Store) throws(StoreError) -> Value) -> Value? {
    try? read(body)
  }

  // MARK: commits and syncs

  /// Whether turns may write now. Otherwise what they decide gathers, for some milliseconds.
  /// While the store is down nothing gathers: what needs the store fails at once.
  var mayCommit: Bool { store == nil || copies.isOpen }

  /// Whether this commit, and all before it, are on disk.
  func isSynced(_ commit: Int64) -> Bool { syncs.isSynced(commit) }

  /// Whether nothing waits for the disk.
  var isSettled: Bool { store == nil || syncs.isSettled }

  /// Commits a turn's writes.
  ///
  /// - Parameter mustSync: whether something waits until they, and all commits before them, are on disk.
  func commit(_ writes: [StoreWrite], mustSync: Bool) -> Outcome {
    guard let store else { return writes.isEmpty && !mustSync ? .committed(syncs.committed, refused: []) : .failed }
    do throws(StoreError) {
      var refused: [Int] = []
      if !writes.isEmpty {
        CrashPoint.beforeCommit.pass()
        refused = logRefused(try store.commit(writes))
        failures = 0
        if store.hasLogged {
          _ = syncs.commit()
          copies.committed(frames: store.logFrames)
          room.grew(toFrames: store.logFrames, now: turn.now)
        }
        CrashPoint.afterCommit.pass()
      }
      if mustSync {
        try store.checkPlace()
        _ = syncs.wantSync()
      }
      return .committed(syncs.committed, refused: refused)
    } catch {
      fail(error)
      return .failed
    }
  }

  /// Gives some free pages back to the file system, which the next copy of the log does.
  ///
  /// - Returns: how many are left.
  func vacuum(pages: Int) throws(Refusal) -> Int {
    try read { store throws(StoreError) in
      let left = try store.vacuum(pages: pages)
      if store.hasLogged { copies.committed(frames: store.logFrames) }
      return left
    }
  }

  /// Starts the sync that is wanted, or does it here.
  ///
  /// - Parameter isAlone: nobody else waits for the loop.
  func sync(isAlone: Bool) {
    guard let store else { return }
    do throws(StoreError) {
      switch syncs.next(isAlone: isAlone) {
      case .nothing: return
      case .syncHere(let ticket): synced(ticket, disk.sync(log: try store.logFileNumber(), renamedIn.take()))
      case .begin(let ticket):
        disk.beginSync(log: try store.logFileNumber(), renamedIn.take()) { [unowned self] in synced(ticket, $0) }
      }
    } catch {
      fail(error)
    }
  }

  private func synced(_ ticket: SyncPlan.Ticket, _ result: DiskResult) {
    if syncs.finished(ticket, succeeded: result.failure == nil, took: result.took) == .failed {
      fail(StoreError(syncing: path, result.failure ?? ""))
    }
  }

  /// Notes that a file was renamed; a row of this turn has its name.
  func noteRename(in directory: String) {
    renamedIn = directory
  }

  /// A row is not as the daemon knows it: somebody else has written to the database.
  private func logRefused(_ refusals: [Int: StoreError]) -> [Int] {
    let places = refusals.keys.sorted()
    for place in places { log.error("write refused", ["error": .string(refusals[place]?.message ?? "")]) }
    return places
  }

  // MARK: the log's copies

  /// For how long another program's read has kept the log from being copied, once that is worth telling.
  var logHold: Duration? { store == nil ? nil : copies.longHold(at: turn.now) }

  private func tellHold() {
    guard (logHold != nil) != hasToldHold else { return }
    hasToldHold.toggle()
    if hasToldHold {
      log.warn(
        "another program's read keeps the database's log from being copied back; end it or its transaction",
        ["find_it_with": .string("fuser -v \(path)"), "log_frames": .int(copies.frames)])
    } else {
      log.info("the database's log is copied back again")
    }
  }

  var deadline: Duration? {
    switch state {
    case .open: earlier(copies.deadline, room.deadline)
    case .waiting(let until): disk.isCopierDying ? nil : until
    case .recovering, .proving: nil
    case .recovered: syncs.isSyncing ? nil : turn.now
    case .proven: turn.now
    }
  }

  func step() {
    tellHold()
    switch state {
    case .open:
      if room.step(frames: copies.frames, now: turn.now) { copies.makeRoom() }
      copies.isShortOfRoom = room.isScarce
      act(copies.step(now: turn.now))
    case .waiting(let until):
      // A helper that was killed may hold the database's locks until it has.
      guard until <= turn.now, !disk.isCopierDying else { return }
      state = .recovering
      ask(isDamaged ? .recoverChecking : .recover)
    // The syncer may still be at work for the store as it was before.
    case .recovered: if !syncs.isSyncing { prove() }
    case .recovering, .proving, .proven: break
    }
  }

  private func act(_ action: LogGate.Action) {
    switch action {
    case .nothing: break
    case .copy: ask(.copy)
    case .restart(let truncating): ask(truncating ? .restartTruncating : .restart)
    case .killHelper: disk.killCopier()
    }
  }

  private func ask(_ request: LogCopier.Request) {
    if let error = disk.ask(request) {
      log.warn("the log cannot be copied back", ["error": .string(error)])
      copierEnded()
    }
  }

  private func answered(_ answer: LogCopyAnswer) {
    if case .failed(let text) = answer { log.warn("the log was not copied back", ["error": .string(text)]) }
    switch state {
    case .open:
      if case .syncFailed(let text) = answer { return fail(StoreError(syncing: path, text)) }
      if case .damaged(let text) = answer { return fail(StoreError(damage: text)) }
      if case .restarted = answer { syncs.syncedElsewhere() }
      act(copies.answered(answer, now: turn.now, jitter: jitter()))
    case .recovering:
      switch answer {
      case .restarted, .held, .copied: state = .recovered
      case .failed(let text), .syncFailed(let text): failedToOpen(text)
      case .damaged(let text): failedToOpen(StoreError(damage: text))
      }
    case .waiting, .recovered, .proving, .proven: break
    }
  }

  private func copierEnded() {
    switch state {
    case .open: copies.helperEnded(now: turn.now, jitter: jitter())
    case .recovering: failedToOpen("the process that writes the log again has ended")
    case .waiting, .recovered, .proving, .proven: break
    }
  }

  // MARK: down, and up again

  /// The store that was opened again, once memory can be reloaded from it.
  var reopened: Store? { if case .proven(let store) = state { store } else { nil } }

  /// Opens the store, and has the disk prove that it takes this process's writes too.
  private func prove() {
    do throws(StoreError) {
      let store = try Store(path: path, now: turn.wallNow, expecting: fileNumber)
      CrashPoint.reopening.pass()
      _ = try store.commit([.setConfig(key: "store_recovered_at", value: turn.wallNow.description)])
      state = .proving(store)
      disk.beginSync(log: try store.logFileNumber(), nil) { [unowned self] result in
        guard case .proving(let store) = state else { return }
        if let failure = result.failure {
          store.close()
          failedToOpen(StoreError(syncing: path, failure).message)
        } else {
          state = .proven(store)
        }
      }
    } catch {
      failedToOpen(error)
    }
  }

  /// Takes the store down.
  func fail(_ error: StoreError) {
    guard store != nil else { return }
    log.error("store down", ["error": .string(error.message)])
    store?.close()
    store = nil
    syncs.wentDown()
    disk.killCopier()
    if error.code == .full { room.giveUp(now: turn.now) }
    failedToOpen(error)
  }

  /// The store could not be read or written, and is opened again later.
  func failedToOpen(_ error: StoreError) {
    if error.isOfDamage, !isDamaged { noteDamage(error) }
    failedToOpen(error.message)
  }

  private func noteDamage(_ error: StoreError) {
    isDamaged = true
    do throws(Errno) {
      try DamageMark(besides: path).leave(error.message)
    } catch {
      log.warn("the next start will not know that the database is damaged", ["error": .string("\(error)")])
    }
  }

  private func failedToOpen(_ text: String) {
    failure = text
    let delay =
      isDamaged
      ? Backoff.damagedStore.delay(failures: checks, jitter: jitter())
      : Backoff.store.delay(failures: failures, jitter: jitter())
    state = .waiting(until: turn.now + delay)
    if isDamaged { checks += 1 } else { failures += 1 }
  }

  /// Goes on with a store that was opened again and reloaded from.
  func use(_ store: Store) {
    self.store = store
    state = .open
    if isDamaged { DamageMark(besides: path).remove() }
    isDamaged = false
    syncs.reopened()
    copies = LogGate(frames: store.logFrames)
    log.info("store up again")
  }

  /// Closes the store for good.
  func close() {
    store?.close()
    if case .proving(let reopened) = state { reopened.close() }
    store = nil
    disk.stop()
  }
}
