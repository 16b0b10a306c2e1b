internal import HoneydewCore
internal import HoneydewRPC
internal import HoneydewStore
internal import HoneydewSystem

/// What the present turn of the loop has decided and not yet done. Every owner of state writes here; `TurnRunner` commits
/// it as one transaction and lets the effects out.
final class Turn {
  private let clock: any Clocks
  private var decided = Decided()
  /// Effects are being carried out: nothing may be decided now.
  private(set) var isActing = false

  /// All that a turn has decided.
  struct Decided {
    var writes: [Write] = []
    var effects: [Planned] = []
    /// What has happened to jobs.
    var events: [JobEvent] = []
    /// What workers have sent, and what was decided because of it: to be decided again when the writes are lost.
    var inputs: [WorkerInput] = []
    /// Whether it must be on disk, though no client is told of it: tokens, and the ticks of schedules.
    var isDurable = false
    /// What its commit writes, as far as it was counted.
    var weight = 0
    /// Numbers the decisions of the turn: each request, answer or tick causes one.
    var decision = 0
    /// The first event of the present decision.
    var firstEvent = 0

    var isEmpty: Bool { writes.isEmpty && effects.isEmpty && inputs.isEmpty && !isDurable }
  }

  /// A write, and the decisions that it comes from: they fail with it when the database refuses it.
  struct Write {
    var write: StoreWrite
    var decisions: [Int]
  }

  struct Planned {
    var effect: Effect
    var release: Effect.Release
    var decision: Int
  }

  init(clock: any Clocks) {
    self.clock = clock
  }

  /// The monotonic clock as of the turn's wake-up.
  var now: Duration { clock.now }
  /// The wall clock as of the turn's wake-up.
  var wallNow: Timestamp { Timestamp(milliseconds: clock.wallMilliseconds) }

  /// Starts the next decision: when its writes are refused, the earlier ones stand.
  func beginDecision() {
    decided.decision += 1
    decided.firstEvent = decided.events.count
  }

  /// What the commit of one turn may write beyond a single row, in bytes of long columns: some milliseconds' work.
  private static let heavy = 2 << 20
  /// What a job's row and its line of the log take beside them, as if it were bytes.
  private static let rowWeight = 4 << 10

  /// Counts bytes of a long column that the turn's commit will write.
  func weigh(_ bytes: Int) {
    decided.weight += bytes
  }

  /// Whether the turn has enough to write: what can wait is left to the next one.
  var isHeavy: Bool { decided.weight >= Self.heavy }

  var decision: Int { decided.decision }
  var writes: [Write] { decided.writes }
  var isEmpty: Bool { decided.isEmpty }

  /// Hands over what has happened to jobs since it was last asked for.
  func takeEvents() -> [JobEvent] {
    defer { (decided.events, decided.firstEvent) = ([], 0) }
    return decided.events
  }

  /// Hands over the effects that wait for no commit, when there is none in this turn.
  func takeUnconditional() -> [Effect] {
    let effects = decided.effects.filter { $0.release == .always }.map(\.effect)
    if !effects.isEmpty { decided.effects.removeAll { $0.release == .always } }
    return effects
  }

  /// Stores something, in the order of the calls. Jobs and schedules have books that collect their rows' changes.
  func write(_ write: StoreWrite) {
    assertDeciding()
    decided.writes.append(Write(write: write, decisions: [decided.decision]))
  }

  func write(_ writes: [StoreWrite]) {
    for write in writes { self.write(write) }
  }

  /// Notes what has happened to a job, whose row the turn's commit writes.
  func note(_ event: JobEvent) {
    assertDeciding()
    decided.events.append(event)
    decided.weight += Self.rowWeight
  }

  /// Says whose call a job's latest event of this decision comes from.
  ///
  /// - Returns: false where there is no event that leaves a line in the log.
  func attribute(_ id: String, to caller: Caller) -> Bool {
    guard let index = decided.events.lastIndex(where: { $0.id == id }), index >= decided.firstEvent,
      decided.events[index].caller == nil
    else { return false }
    switch decided.events[index].kind {
    case .submitted, .cancelled, .reopened: decided.events[index].caller = caller
    default: return false
    }
    return true
  }

  /// Notes what the turn's decisions come from.
  func note(_ input: WorkerInput) {
    assertDeciding()
    decided.inputs.append(input)
  }

  /// Asks that everything committed so far, and this turn with it, be on disk soon.
  func makeDurable() {
    assertDeciding()
    decided.isDurable = true
  }

  func plan(_ effect: Effect, when release: Effect.Release) {
    assertDeciding()
    decided.effects.append(Planned(effect: effect, release: release, decision: decided.decision))
  }

  func log(
    _ level: Log.Level = .info, _ component: LogComponent, _ message: String, _ fields: LogFields = [:],
    when release: Effect.Release = .committed
  ) {
    plan(.log(LogRecord(level: level, component: component, message: message, fields: fields)), when: release)
  }

  /// Hands over what was decided, and starts over.
  func take() -> Decided {
    defer { decided = Decided() }
    return decided
  }

  /// Runs the effects of a turn, which decide nothing.
  func acting(_ body: () -> Void) {
    isActing = true
    body()
    isActing = false
  }

  private func assertDeciding() {
    assert(!isActing, "an effect decides nothing and writes nothing")
  }
}

/// The clocks, each read once a turn.
protocol Clocks: AnyObject {
  /// Monotonic.
  var now: Duration { get }
  /// Since 1970.
  var wallMilliseconds: Int64 { get }
}

extension EventLoop: Clocks {}
