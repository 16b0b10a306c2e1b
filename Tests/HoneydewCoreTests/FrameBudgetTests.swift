import HoneydewCore
import Testing

@Suite struct FrameBudgetTests {
  @Test func `a burst is admitted, a flood is not`() {
    var budget = FrameBudget(now: .seconds(7))
    for _ in 0..<FrameBudget.capacity {
      let isAdmitted = budget.take(bytes: 100, at: .seconds(7))
      #expect(isAdmitted)
    }
    let isAdmitted = budget.take(bytes: 100, at: .seconds(7))
    #expect(!isAdmitted)
  }

  @Test func `long frames are few`() {
    var budget = FrameBudget(now: .zero)
    let isLargestAdmitted = budget.take(bytes: 1 << 20, at: .zero)
    #expect(!isLargestAdmitted)
    let isLongAdmitted = budget.take(bytes: 300_000, at: .zero)
    #expect(isLongAdmitted)
    let isNextAdmitted = budget.take(bytes: 300_000, at: .zero)
    #expect(!isNextAdmitted)
  }

  @Test func `a steady worker is never refused, and saves nothing beyond a burst`() {
    var budget = FrameBudget(now: .zero)
    var now = Duration.zero
    for _ in 0..<10_000 {
      now += FrameBudget.interval
      let isAdmitted = budget.take(bytes: 100, at: now)
      #expect(isAdmitted)
    }
    now += .seconds(3600)
    var count = 0
    while budget.take(bytes: 100, at: now) { count += 1 }
    #expect(count == FrameBudget.capacity)
  }
}
