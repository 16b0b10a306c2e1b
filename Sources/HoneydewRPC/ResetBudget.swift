/// A token bucket against peers that open streams only to break them off ("rapid reset", CVE-2023-44487).
struct ResetBudget {
  private let burst: Double
  private let perSecond: Double
  private var tokens: Double
  private var refilledAt: Duration

  init(burst: Int, perSecond: Int, now: Duration) {
    self.burst = Double(burst)
    self.perSecond = Double(perSecond)
    tokens = Double(burst)
    refilledAt = now
  }

  /// Takes one token; false when there is none.
  mutating func spend(now: Duration) -> Bool {
    tokens = min(burst, tokens + max(0, (now - refilledAt) / .seconds(1)) * perSecond)
    refilledAt = now
    guard tokens >= 1 else { return false }
    tokens -= 1
    return true
  }
}
