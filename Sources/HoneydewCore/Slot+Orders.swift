/// Orders: of an operator, or of the daemon that ends.
extension Slot {
  mutating func follow(_ event: Event, _ now: Duration) -> [Action] {
    switch (event, state) {
    case (.start, .stopped):
      plan = .serve
      return startSoon(now)
    case (.start, .dormant), (.restart, .dormant):
      return []
    case (.start, _):
      if plan == .stop { plan = .serve }
      return []
    case (.restart, _) where plan == .stop:
      return []
    case (.restart, .backoff):
      return startSoon(now)
    case (.restart(let cause), _):
      plan = .replace(cause)
      return endIfFree(now)
    case (.stop, .backoff), (.stop, .stopped), (.stop, .dormant):
      plan = .stop
      state = .stopped
      return []
    case (.stop, _):
      plan = .stop
      return endIfFree(now)
    case (.hurry, .stopping(var end)) where end.escalation.next == .terminate:
      end.escalation = .from(.terminate, at: now)
      state = .stopping(end)
      return handle(.timer, now: now)
    case (.hurry, .stopping), (.hurry, .backoff), (.hurry, .stopped), (.hurry, .dormant):
      return []
    default:
      guard let reason = plannedReason else { return [] }
      return expel(.interrupted, reason, now, from: .terminate)
    }
  }

  /// Begins with no failure to its name: whoever asked for it may have removed the cause.
  private mutating func startSoon(_ now: Duration) -> [Action] {
    failures = 0
    state = isOnDemand ? .dormant : .backoff(until: now)
    return []
  }

  private mutating func endIfFree(_ now: Duration) -> [Action] {
    switch (state, plannedReason) {
    case (.idle, _): becomeFree(now)
    case (.starting, let reason?): expel(.interrupted, reason, now, from: .terminate)
    default: []
    }
  }

  /// Why the process ends by the plan; nil when it does not.
  var plannedReason: Reason? {
    switch plan {
    case .serve: nil
    case .replace(let cause): .planned(cause)
    case .stop: .planned("stopped on request")
    }
  }
}
