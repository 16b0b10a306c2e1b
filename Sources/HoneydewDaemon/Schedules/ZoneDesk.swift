internal import HoneydewCore
internal import HoneydewStore
internal import HoneydewSystem

/// Notices that a time zone has other rules, is missing or is back, or that the host is in another one, and has the next
/// ticks of its schedules follow. inotify tells, so that idle costs nothing; what it does not tell is
/// noticed at a tick and at a reload.
final class ZoneDesk: TurnOwner {
  /// So long after a change the files are read: a package replaces some hundred of them one by one.
  private static let patience = Duration.milliseconds(500)
  /// Schedules that one turn has decided again.
  private static let stepSize = 500

  private let turn: Turn
  private let gate: StoreGate
  private let zones: ZoneBook
  private let book: ScheduleBook
  private var watch: PathWatch?
  private var watchedCount = 0
  /// When to look at the files (monotonic time).
  private var lookDue: Duration?
  /// The schedules of these zones are decided again, those with greater ids; no zones are all.
  private var replanning: (zones: Set<String>?, after: String)?
  /// Whether the edition that is stored is not the present one.
  private var isEditionOld = false

  init(turn: Turn, gate: StoreGate, zones: ZoneBook, book: ScheduleBook, loop: EventLoop) {
    self.turn = turn
    self.gate = gate
    self.zones = zones
    self.book = book
    attempt { () throws(Errno) in
      watch = try PathWatch(on: loop) { [unowned self] in lookDue = lookDue ?? self.turn.now + Self.patience }
    }
  }

  /// Has the schedules decided again that were last decided by other rules of their zones.
  func load(from store: Store) throws(StoreError) {
    let edition = try store.config(key: ZoneBook.editionKey) ?? ""
    let changed = zones.adopt(edition)
    if changed?.isEmpty != true { replanning = (changed, after: "") }
    isEditionOld = zones.edition != edition
  }

  var deadline: Duration? {
    (replanning != nil || isEditionOld) && gate.store != nil && gate.mayCommit && !isTickDue ? .zero : lookDue
  }

  private var isTickDue: Bool { book.queue.earliest.map { $0 <= turn.wallNow } ?? false }

  func step() {
    if lookDue.map({ $0 <= turn.now }) ?? false || zones.count != watchedCount {
      look()
    } else if isTickDue {
      read()
    }
    // What is due comes first.
    guard gate.store != nil, gate.mayCommit, !isTickDue else { return }
    if let (zones, last) = replanning {
      replan(zones, after: last)
    } else if isEditionOld {
      isEditionOld = false
      turn.write(.setConfig(key: ZoneBook.editionKey, value: zones.edition))
    }
  }

  /// Watches the zones' files as they lie now, and reads those that have changed.
  ///
  /// - Returns: what people call them.
  @discardableResult
  func look() -> [String] {
    lookDue = nil
    if zones.count != watchedCount { isEditionOld = true }
    watchedCount = zones.count
    // First: what was read before it was watched may have changed in between.
    attempt { () throws(Errno) in try watch?.watch(zones.files) }
    return read()
  }

  @discardableResult
  private func read() -> [String] {
    let changed = zones.refresh()
    guard !changed.isEmpty else { return [] }
    let titles = changed.map(zones.title).sorted()
    turn.log(.info, .schedule, "time zones changed", ["zones": .string(titles.joined(separator: ", "))])
    if let running = replanning {
      replanning = (running.zones.map(changed.union), after: "")
    } else {
      replanning = (changed, after: "")
    }
    isEditionOld = true
    return titles
  }

  private func replan(_ changed: Set<String>?, after last: String) {
    let page = gate.reading { store throws(StoreError) in
      try store.enabledSchedules(after: last, limit: Self.stepSize)
    }
    guard let page else { return }
    book.decideAgain(page.filter { changed?.contains($0.expression.zone ?? "") ?? true }.map(\.id))
    replanning = page.count == Self.stepSize ? page.last.map { (changed, after: $0.id) } : nil
  }

  private func attempt(_ body: () throws(Errno) -> Void) {
    do throws(Errno) {
      try body()
    } catch {
      turn.log(
        .warn, .schedule, "time zones are not watched; changes are noticed at ticks and at reload only",
        ["error": .string("\(error)")])
    }
  }
}
