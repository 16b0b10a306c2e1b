internal import HoneydewCore
internal import HoneydewStore

/// The schedules as the daemon sees them: when each is due, and the changes of this turn. All else is read from the
/// store.
final class ScheduleBook: RowOwner {
  private let turn: Turn
  private let gate: StoreGate
  private(set) var queue = ScheduleQueue()
  /// The schedules whose zones cannot be read, by id, as it was last decided about them.
  private(set) var zoneConcerns: [String: ZoneConcern] = [:]
  /// What this turn has changed, by id, in order.
  private var changes: [String: Change] = [:]
  private var changeOrder: [String] = []

  private struct Change {
    /// nil when it is removed.
    var schedule: Schedule?
    var isNew: Bool
    /// The decisions of the turn that have changed it.
    var decisions: [Int]
  }

  init(turn: Turn, gate: StoreGate) {
    self.turn = turn
    self.gate = gate
  }

  /// Loads when each schedule is due. To be decided again at once are those without a moment, and those that were decided
  /// when the clock was ahead.
  func load(from store: Store) throws(StoreError) {
    forgetChanges()
    let wallNow = turn.wallNow
    var queue = ScheduleQueue()
    try store.enabledSchedules { tick in
      let isTrusted = tick.decidedUntil <= wallNow
      queue.set(tick.id, due: isTrusted ? tick.nextRunAt ?? .distantPast : .distantPast)
    }
    self.queue = queue
  }

  /// Has schedules decided again that were decided when the clock was ahead.
  func clockWasSet() throws(Refusal) {
    let wallNow = turn.wallNow
    var queue = queue
    try gate.read { store throws(StoreError) in
      try store.enabledSchedules { tick in
        if tick.decidedUntil > wallNow { queue.set(tick.id, due: .distantPast) }
      }
    }
    self.queue = queue
  }

  /// The schedule of this name or id, among those within reach.
  func find(_ text: String, within reach: Access.Reach) throws(Refusal) -> Schedule {
    // Somebody may have given a schedule the id of another one as its name.
    if let schedule = try schedule(id: text), reach.includes(schedule.submitter) { return schedule }
    if let schedule = try find(name: text), reach.includes(schedule.submitter) { return schedule }
    throw .scheduleNotFound(text)
  }

  func find(name: String) throws(Refusal) -> Schedule? {
    if let changed = changes.values.first(where: { $0.schedule?.name == name }) { return changed.schedule }
    let stored = try gate.read { store throws(StoreError) in try store.schedule(named: name) }
    return stored.flatMap { changes[$0.id] == nil ? $0 : nil }
  }

  private func schedule(id: String) throws(Refusal) -> Schedule? {
    if let change = changes[id] { return change.schedule }
    return try gate.read { store throws(StoreError) in try store.schedule(id: id) }
  }

  /// The names of some schedules that name an environment.
  func names(ofEnvironment environment: String) throws(Refusal) -> [String] {
    try gate.read { store throws(StoreError) in
      var names = changes.values.compactMap(\.schedule).filter { $0.options.environment == environment }.map(\.name)
      // Those that this turn has changed may stand in the store as they were.
      for name in try store.scheduleNames(ofEnvironment: environment, limit: 3 + changes.count) where names.count < 3 {
        if let id = try store.schedule(named: name)?.id, changes[id] == nil { names.append(name) }
      }
      return names
    }
  }

  /// What a user has put into a set, in the order of the names, perhaps without payload.
  func schedules(ofSet set: String, of submitter: UInt32) throws(Refusal) -> [Schedule] {
    let stored = try gate.read { store throws(StoreError) in try store.schedules(ofSet: set) }
    let all = stored.filter { changes[$0.id] == nil } + changes.values.compactMap(\.schedule)
    return all.filter { $0.set == set && $0.submitter == submitter }.sorted { $0.name < $1.name }
  }

  /// The first schedule that is due; to be decided about and then handed to `update`.
  func takeDue() throws(Refusal) -> Schedule? {
    while let id = queue.next(at: turn.wallNow) {
      if let schedule = try schedule(id: id), schedule.isEnabled { return schedule }
    }
    return nil
  }

  /// Has schedules decided again at once.
  func decideAgain(_ ids: some Sequence<String>) {
    for id in ids { queue.set(id, due: .distantPast) }
  }

  /// How many schedules are not paused.
  var tickingCount: Int { queue.count + zoneConcerns.values.count { $0.isWaiting } }

  func insert(_ schedule: Schedule) {
    change(schedule.id, schedule, isNew: true)
    requeue(schedule)
  }

  func update(_ schedule: Schedule) {
    change(schedule.id, schedule)
    requeue(schedule)
    if !schedule.isEnabled || zoneConcerns[schedule.id]?.zone != schedule.expression.zone {
      zoneConcerns[schedule.id] = nil
    }
  }

  /// Takes what was decided about a schedule's ticks.
  ///
  /// - Parameter concern: what is wrong with its zone.
  func update(_ schedule: Schedule, concern: ZoneConcern?) {
    update(schedule)
    zoneConcerns[schedule.id] = concern
  }

  func remove(_ schedule: Schedule) {
    change(schedule.id, nil)
    queue.set(schedule.id, due: nil)
    zoneConcerns[schedule.id] = nil
  }

  private func requeue(_ schedule: Schedule) {
    queue.set(schedule.id, due: schedule.isEnabled ? schedule.nextRunAt : nil)
  }

  /// Whether this turn has changed the schedule, so that the store does not show it as it is.
  func hasChanged(_ id: String) -> Bool { changes[id] != nil }

  /// Gives the schedules that this turn has changed other payloads.
  func replacePayloads(_ replacement: (Schedule) -> [UInt8]) {
    for (id, change) in changes {
      if let schedule = change.schedule { changes[id]?.schedule?.payload = replacement(schedule) }
    }
  }

  // MARK: the turn's rows

  var hasChanges: Bool { !changes.isEmpty }

  /// The turn's writes, in the order of the schedules' first change.
  var writes: [Turn.Write] {
    changeOrder.compactMap { id in
      guard let change = changes[id] else { return nil }
      let write: StoreWrite? =
        if let schedule = change.schedule {
          change.isNew ? .insertSchedule(schedule) : .updateSchedule(schedule)
        } else {
          change.isNew ? nil : .removeSchedule(id: id)
        }
      return write.map { Turn.Write(write: $0, decisions: change.decisions) }
    }
  }

  func turnEnded(isCommitted: Bool) {
    forgetChanges()
  }

  private func forgetChanges() {
    changes.removeAll(keepingCapacity: true)
    changeOrder.removeAll(keepingCapacity: true)
  }

  private func change(_ id: String, _ schedule: Schedule?, isNew: Bool = false) {
    var decisions = changes[id]?.decisions ?? []
    if changes[id] == nil { changeOrder.append(id) }
    if decisions.last != turn.decision { decisions.append(turn.decision) }
    changes[id] = Change(schedule: schedule, isNew: isNew || changes[id]?.isNew == true, decisions: decisions)
  }
}
