/// The earliest deadline among a connection's calls, looked up again only when it may have changed.
struct DeadlineWatch {
  private var earliest: Duration?
  private var isStale = false

  mutating func add(_ deadline: Duration) {
    earliest = min(deadline, earliest ?? deadline)
  }

  mutating func remove(_ deadline: Duration?) {
    if let deadline, deadline == earliest { isStale = true }
  }

  mutating func next(of exchanges: [Int32: Exchange]) -> Duration? {
    if isStale {
      earliest = exchanges.values.lazy.compactMap(\.deadline).min()
      isStale = false
    }
    return earliest
  }

  /// The exchanges whose deadline has come; each is reported once.
  mutating func expired(in exchanges: [Int32: Exchange], now: Duration) -> [Exchange] {
    guard let next = next(of: exchanges), next <= now else { return [] }
    let expired = exchanges.values.filter { $0.deadline.map { $0 <= now } ?? false }
    for exchange in expired { exchange.deadline = nil }
    isStale = true
    return expired.sorted { $0.id < $1.id }
  }
}
