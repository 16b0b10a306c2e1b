internal import HoneydewConfig
internal import HoneydewCore
internal import HoneydewSystem

/// The shutdown: no new work starts, what runs may end within the limit, the rest is cut off.
final class DrainDesk: TurnOwner {
  private let turn: Turn
  private let workers: WorkerDesk
  private let options: LiveSettings
  private var state = State.none

  private enum State {
    case none
    /// Running attempts are given up at this time (monotonic).
    case waiting(until: Duration)
    /// They are given up.
    case impatient
  }

  init(turn: Turn, workers: WorkerDesk, options: LiveSettings) {
    self.turn = turn
    self.workers = workers
    self.options = options
  }

  var isDraining: Bool { if case .none = state { false } else { true } }
  /// Whether what runs is not waited for any more.
  var isImpatient: Bool { if case .impatient = state { true } else { false } }

  var deadline: Duration? { if case .waiting(let end) = state { end } else { nil } }

  /// Begins to shut down; a second call hurries.
  func begin(reason: String) {
    switch state {
    case .none:
      turn.log(.info, .daemon, "shutting down", ["reason": .string(reason)], when: .always)
      state = .waiting(until: turn.now + options.settings.queue.shutdownTimeout)
      for worker in workers.all { workers.apply(.stop, to: worker) }
    case .waiting:
      turn.log(.warn, .daemon, "shutdown hurried", ["reason": .string(reason)], when: .always)
      state = .waiting(until: turn.now)
    case .impatient:
      turn.log(.warn, .daemon, "shutdown hurried", ["reason": .string(reason)], when: .always)
    }
  }

  func step() {
    guard case .waiting(let end) = state, end <= turn.now else { return }
    state = .impatient
    let running = workers.all.count { $0.slot.work != nil }
    if running > 0 {
      turn.log(.warn, .daemon, "jobs interrupted by the shutdown", ["jobs": .int(running)], when: .always)
    }
    for worker in workers.all { workers.apply(.hurry, to: worker) }
  }
}
