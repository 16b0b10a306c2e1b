internal import HoneydewCore
internal import HoneydewRPC
internal import HoneydewStore

/// The schedules as the daemon sees them: when each is due, and the changes of this turn. All else is read from the
/// store.
struct ScheduleBook {
  private let store: Store
  private(set) var queue = ScheduleQueue()
  /// What this turn has changed, by id, in order.
  private var changes: [String: Change] = [:]
  private var changeOrder: [String] = []

  private struct Change {
    /// nil when it is removed.
    var schedule: Schedule?
    var isNew: Bool
  }

  /// Loads when each schedule is due. To be decided anew at once are those without a moment, and those that were decided
  /// when the clock was ahead.
  init(store: Store, wallNow: Timestamp) throws(StoreError) {
    self.store = store
    var queue = ScheduleQueue()
    try store.enabledSchedules { tick in
      let isTrusted = tick.decidedUntil <= wallNow
      queue.set(tick.id, due: isTrusted ? tick.nextRunAt ?? .distantPast : .distantPast)
    }
    self.queue = queue
  }

  /// Has schedules decided anew that were decided when the clock was ahead.
  mutating func clockWasSet(_ wallNow: Timestamp) throws(StoreError) {
    var queue = queue
    try store.enabledSchedules { tick in
      if tick.decidedUntil > wallNow { queue.set(tick.id, due: .distantPast) }
    }
    self.queue = queue
  }

  /// The schedule of this name or id.
  func find(_ text: String) throws(Status) -> Schedule {
    if let schedule = try find(name: text) { return schedule }
    if let schedule = try available({ () throws(StoreError) in try self.schedule(id: text) }) { return schedule }
    throw .scheduleNotFound(text)
  }

  func find(name: String) throws(Status) -> Schedule? {
    if let changed = changes.values.first(where: { $0.schedule?.name == name }) { return changed.schedule }
    let stored = try available { () throws(StoreError) in try store.schedule(named: name) }
    return stored.flatMap { changes[$0.id] == nil ? $0 : nil }
  }

  func schedule(id: String) throws(StoreError) -> Schedule? {
    if let change = changes[id] { return change.schedule }
    return try store.schedule(id: id)
  }

  /// The names of some schedules that name an environment.
  func names(ofEnvironment environment: String) throws(StoreError) -> [String] {
    var names = changes.values.compactMap(\.schedule).filter { $0.options.environment == environment }.map(\.name)
    // Those that this turn has changed may stand in the store as they were.
    for name in try store.scheduleNames(ofEnvironment: environment, limit: 3 + changes.count) where names.count < 3 {
      if let id = try store.schedule(named: name)?.id, changes[id] == nil { names.append(name) }
    }
    return names
  }

  /// The first schedule that is due; to be decided about and then handed to `update` or `requeue`.
  mutating func takeDue(at now: Timestamp) throws(StoreError) -> Schedule? {
    while let id = queue.next(at: now) {
      if let schedule = try schedule(id: id), schedule.isEnabled { return schedule }
    }
    return nil
  }

  mutating func insert(_ schedule: Schedule) {
    note(schedule.id, schedule, isNew: true)
    requeue(schedule)
  }

  mutating func update(_ schedule: Schedule) {
    note(schedule.id, schedule)
    requeue(schedule)
  }

  mutating func remove(_ schedule: Schedule) {
    note(schedule.id, nil)
    queue.set(schedule.id, due: nil)
  }

  mutating func requeue(_ schedule: Schedule) {
    queue.set(schedule.id, due: schedule.isEnabled ? schedule.nextRunAt : nil)
  }

  /// Whether this turn has changed the schedule, so that the store does not show it as it is.
  func hasChanged(_ id: String) -> Bool { changes[id] != nil }

  /// Gives the schedules that this turn has changed other payloads.
  mutating func replacePayloads(_ replacement: (Schedule) -> [UInt8]) {
    for (id, change) in changes {
      if let schedule = change.schedule { changes[id]?.schedule?.payload = replacement(schedule) }
    }
  }

  var hasChanges: Bool { !changes.isEmpty }

  /// The turn's writes, in the order of the schedules' first change.
  var writes: [StoreWrite] {
    changeOrder.compactMap { id in
      switch changes[id] {
      case (let change)? where change.schedule == nil: change.isNew ? nil : .removeSchedule(id: id)
      case let change?: change.schedule.map { change.isNew ? .insertSchedule($0) : .updateSchedule($0) }
      case nil: nil
      }
    }
  }

  mutating func forgetChanges() {
    changes.removeAll(keepingCapacity: true)
    changeOrder.removeAll(keepingCapacity: true)
  }

  private mutating func note(_ id: String, _ schedule: Schedule?, isNew: Bool = false) {
    if changes[id] == nil { changeOrder.append(id) }
    changes[id] = Change(schedule: schedule, isNew: isNew || changes[id]?.isNew == true)
  }
}
