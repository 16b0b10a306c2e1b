import HoneydewTestSupport
import Testing

@testable import HoneydewCore

struct RecentCountTests {
  @Test func `what is older than five minutes does not count`() {
    var count = RecentCount()
    let start = Duration.seconds(1_000_000)
    count.add(at: start)
    count.add(at: start + .seconds(100))
    #expect(count.count(at: start + .seconds(100)) == 2)
    #expect(count.count(at: start + .seconds(294)) == 2)
    #expect(count.count(at: start + .seconds(300)) == 1)
    #expect(count.count(at: start + .seconds(400)) == 0)
    #expect(count.count(at: start + .seconds(1_000_000)) == 0)
  }

  @Test func `it agrees with a list of all events`() {
    var random = SeededGenerator(state: 7)
    var count = RecentCount()
    var events: [Int64] = []
    var now: Int64 = 12345
    for _ in 0..<5000 {
      now += Int64(random.next() % 20)
      count.add(at: .seconds(now))
      events.append(now)
      let expected = events.filter { $0 / 5 > now / 5 - 60 }.count
      #expect(count.count(at: .seconds(now)) == expected)
    }
  }
}
