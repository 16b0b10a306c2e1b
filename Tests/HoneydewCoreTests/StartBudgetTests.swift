import Testing

@testable import HoneydewCore

@Suite struct `A budget of starts` {
  @Test func `replaces a pool at once that was lost twice, and then ten processes a second`() {
    var budget = StartBudget(poolSize: 2)
    for _ in 0..<4 { #expect(budget.book(at: .seconds(50)) == .seconds(50)) }
    #expect(budget.book(at: .seconds(50)) == .milliseconds(50_100))
    #expect(budget.book(at: .seconds(50)) == .milliseconds(50_200))
    #expect(budget.book(at: .milliseconds(50_150)) == .milliseconds(50_300))
  }

  @Test func `fills again with time, and no further`() {
    var budget = StartBudget(poolSize: 1)
    for second in 0..<100 { #expect(budget.book(at: .seconds(second)) == .seconds(second)) }
    #expect(budget.book(at: .seconds(99)) == .seconds(99))
    #expect(budget.book(at: .seconds(99)) == .milliseconds(99_100))
  }
}
