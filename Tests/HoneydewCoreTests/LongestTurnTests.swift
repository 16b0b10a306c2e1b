import HoneydewCore
import Testing

@Suite struct LongestTurnTests {
  private var turns = LongestTurn()

  @Test mutating func `The longest turn of the last minute is told, and forgotten afterwards`() {
    #expect(turns.length(at: .seconds(100)) == .zero)
    turns.note(.milliseconds(9), at: .seconds(100))
    turns.note(.milliseconds(3), at: .seconds(101))
    turns.note(.milliseconds(4), at: .seconds(130))
    #expect(turns.length(at: .seconds(130)) == .milliseconds(9))
    #expect(turns.length(at: .seconds(159)) == .milliseconds(9))
    #expect(turns.length(at: .seconds(161)) == .milliseconds(4))
    #expect(turns.length(at: .seconds(200)) == .zero)
  }

  @Test mutating func `Looking at it changes nothing, and a long pause leaves nothing behind`() {
    turns.note(.milliseconds(9), at: .seconds(1))
    #expect(turns.length(at: .seconds(1_000_000)) == .zero)
    #expect(turns.length(at: .seconds(2)) == .milliseconds(9))
    turns.note(.milliseconds(1), at: .seconds(1_000_000))
    #expect(turns.length(at: .seconds(1_000_001)) == .milliseconds(1))
  }
}
