internal import HoneydewCore
internal import HoneydewRPC

/// What the present turn of the loop has decided and not yet done.
///
/// Decisions collect here; `Supervisor` commits the writes in one transaction, and only then do the effects leave the
/// process. When the commit fails, the effects that depend on it are dropped.
struct Turn {
  /// Writes that are not of a job's row; `JobBook` holds those.
  private(set) var writes: [StoreWrite] = []
  /// The turn must be on disk before its effects leave: a client is told, or tokens are stored.
  private(set) var isDurable = false
  private var effects: [Effect] = []

  private enum Effect {
    case always(() -> Void)
    case afterCommit(() -> Void, otherwise: () -> Void)
  }

  mutating func write(_ write: StoreWrite) {
    writes.append(write)
  }

  /// Asks that everything committed so far, and this turn with it, be on disk before an effect leaves.
  mutating func makeDurable() {
    isDurable = true
  }

  /// Something that does not depend on stored state: signals, spawns, log lines about workers.
  mutating func always(_ effect: @escaping () -> Void) {
    effects.append(.always(effect))
  }

  /// Something that may happen only when the turn's writes are committed.
  mutating func afterCommit(_ effect: @escaping () -> Void, otherwise: @escaping () -> Void = {}) {
    effects.append(.afterCommit(effect, otherwise: otherwise))
  }

  /// Answers a client from the committed state.
  ///
  /// - Parameter answer: runs after the commit, so that it sees what this turn has written.
  mutating func reply<Response>(
    to call: UnaryCall<Response>, _ answer: @escaping () throws(Status) -> Response
  ) {
    makeDurable()
    afterCommit {
      do throws(Status) {
        call.respond(try answer())
      } catch {
        call.fail(error)
      }
    } otherwise: {
      call.fail(.storeUnavailable)
    }
  }

  /// Begins a stream from the committed state.
  mutating func stream<Response>(to call: StreamingCall<Response>, _ begin: @escaping () -> Void) {
    makeDurable()
    afterCommit(begin) { call.finish(.storeUnavailable) }
  }

  mutating func run(committed: Bool) {
    for effect in effects {
      switch effect {
      case .always(let effect): effect()
      case .afterCommit(let effect, let otherwise): committed ? effect() : otherwise()
      }
      CrashPoint.betweenEffects.pass()
    }
  }

  var isEmpty: Bool { effects.isEmpty && writes.isEmpty }
}
