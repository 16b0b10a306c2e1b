internal import HoneydewCore
internal import HoneydewStore

/// Ends turns: commits what a turn has decided as one transaction, and lets its effects out when they may leave.
final class TurnRunner {
  private let turn: Turn
  private let gate: StoreGate
  private let rows: [any RowOwner]
  private let inbox: Inbox
  private let reload: () -> Void
  private let carryOut: (Effect) -> Void
  private let discard: (Effect, Refusal) -> Void
  /// Committed turns with something that waits for the disk, oldest first.
  private var waiting: [Waiting] = []

  private struct Waiting {
    var commit: Int64
    var effects: [Effect]
    var inputs: [WorkerInput]
  }

  /// - Parameters:
  ///   - rows: the owners whose rows are written with each turn.
  ///   - reload: reloads memory, when a row turns out to be another one than the daemon knows.
  ///   - carryOut: does an effect.
  ///   - discard: does what is left of an effect whose turn is lost: a client is told why.
  init(
    turn: Turn, gate: StoreGate, rows: [any RowOwner], inbox: Inbox, reload: @escaping () -> Void,
    carryOut: @escaping (Effect) -> Void, discard: @escaping (Effect, Refusal) -> Void
  ) {
    self.turn = turn
    self.gate = gate
    self.rows = rows
    self.inbox = inbox
    self.reload = reload
    self.carryOut = carryOut
    self.discard = discard
  }

  /// Whether everything that was decided is done.
  var isIdle: Bool { turn.isEmpty && waiting.isEmpty }

  /// Commits what the turn has decided, and lets out what may leave.
  func finish() {
    gate.sync(isAlone: end())
    advance()
  }

  /// - Returns: whether nobody but one client waits for the disk.
  private func end() -> Bool {
    guard !turn.isEmpty || rows.contains(where: \.hasChanges) else {
      _ = turn.take()
      return false
    }
    let writes = rows.flatMap(\.writes) + turn.writes
    if gate.mayCommit || writes.isEmpty {
      let decided = turn.take()
      let told = decided.effects.count { $0.release == .synced }
      commit(writes, decided, mustSync: decided.isDurable || told > 0)
      return told == 1 && waiting.count <= 1
    }
    // The log is being restarted: what was decided is committed with what follows.
    act { for effect in turn.takeUnconditional() { perform(effect) } }
    return false
  }

  private func commit(_ writes: [Turn.Write], _ decided: Turn.Decided, mustSync: Bool) {
    switch gate.commit(writes.map(\.write), mustSync: mustSync) {
    case .committed(let number, let refused):
      for owner in rows { owner.turnEnded(isCommitted: true) }
      release(decided, as: number, except: Set(refused.flatMap { writes[$0].decisions }))
      if !refused.isEmpty { reload() }
    case .failed:
      for owner in rows { owner.turnEnded(isCommitted: false) }
      lose(decided)
    }
  }

  /// Lets out the effects whose commits are synced, or discards them when the store is down.
  private func advance() {
    if gate.store == nil {
      let lost = waiting
      waiting = []
      for turn in lost { inbox.putBack(turn.inputs) }
      act {
        for turn in lost { for effect in turn.effects { discard(effect, .storeUnavailable) } }
      }
    }
    while let first = waiting.first, gate.isSynced(first.commit) {
      waiting.removeFirst()
      act { for effect in first.effects { perform(effect) } }
    }
  }

  private func release(_ decided: Turn.Decided, as number: Int64, except failed: Set<Int>) {
    var late = Waiting(commit: number, effects: [], inputs: [])
    act {
      for planned in decided.effects {
        switch planned.release {
        case _ where failed.contains(planned.decision) && planned.release != .always:
          discard(planned.effect, .writeRefused)
        case .always, .committed: perform(planned.effect)
        case .synced: late.effects.append(planned.effect)
        }
      }
    }
    if decided.isDurable { late.inputs = decided.inputs }
    if !late.effects.isEmpty || !late.inputs.isEmpty { waiting.append(late) }
  }

  /// Nothing that depends on the turn's writes leaves, and what workers sent is decided again later.
  private func lose(_ decided: Turn.Decided) {
    inbox.putBack(decided.inputs)
    act {
      for planned in decided.effects {
        planned.release == .always ? perform(planned.effect) : discard(planned.effect, .storeUnavailable)
      }
    }
  }

  private func perform(_ effect: Effect) {
    carryOut(effect)
    CrashPoint.betweenEffects.pass()
  }

  private func act(_ body: () -> Void) {
    turn.acting(body)
  }
}
