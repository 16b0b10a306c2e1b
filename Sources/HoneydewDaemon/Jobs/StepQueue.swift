internal import HoneydewCore
internal import HoneydewStore

/// Long work in small steps: a large request, a bulk change, payloads that are resealed.
protocol Stepwise: AnyObject {
  /// Takes a step, of a millisecond or so, among the decisions of a turn. True when that was the last one.
  func step(_ store: Store) throws(StoreError) -> Bool
  /// Called in place of the steps that are left.
  func abandon(_ refusal: Refusal)
}

/// The long work of all clients together. Each piece takes a step in turn, and all of them no more than their share of a
/// turn of the loop: no client waits for another's large request.
final class StepQueue: TurnOwner {
  /// Of one turn, for what the steps decide. What they write is bounded by the turn's weight.
  private static let share = Duration.milliseconds(5)

  private let turn: Turn
  private let gate: StoreGate
  /// Whether unfinished work is abandoned.
  private let isStopping: () -> Bool
  /// The monotonic clock as it goes on within a turn.
  private let stopwatch: () -> Duration
  private var waiting: [any Stepwise] = []

  init(turn: Turn, gate: StoreGate, isStopping: @escaping () -> Bool, stopwatch: @escaping () -> Duration) {
    self.turn = turn
    self.gate = gate
    self.isStopping = isStopping
    self.stopwatch = stopwatch
  }

  var isEmpty: Bool { waiting.isEmpty }

  /// Adds work. Its first step is taken in this turn, where there is time.
  func begin(_ work: any Stepwise) {
    waiting.append(work)
  }

  /// Zero: at once.
  var deadline: Duration? { waiting.isEmpty || !gate.mayCommit ? nil : .zero }

  func step() {
    guard !waiting.isEmpty, gate.mayCommit else { return }
    let end = stopwatch() + Self.share
    var next = 0
    var goesOn: [any Stepwise] = []
    while next < waiting.count, gate.store != nil {
      let work = waiting[next]
      next += 1
      turn.beginDecision()
      if gate.reading({ store throws(StoreError) in try work.step(store) }) == false { goesOn.append(work) }
      guard stopwatch() < end, !turn.isHeavy else { break }
      if next == waiting.count { (waiting, next, goesOn) = (goesOn, 0, []) }
    }
    waiting = waiting[next...] + goesOn
    if gate.store == nil { abandon(.storeUnavailable) }
    if isStopping() { abandon(.shuttingDown) }
  }

  /// Abandons all unfinished work.
  func abandon(_ refusal: Refusal) {
    let abandoned = waiting
    waiting = []
    for work in abandoned { work.abandon(refusal) }
  }
}

/// How large a step is.
enum StepSize {
  /// Rows that one step reads and changes.
  static let rows = 200
  /// Sequences that one step walks through, of rows that do not match.
  static let window: Int64 = 4_000
}
