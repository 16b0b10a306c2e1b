import Testing

@testable import HoneydewSystem

struct RandomTests {
  @Test(arguments: [0, 1, 16, 256, 257, 100_000])
  func `there are as many bytes as asked for, to the last one`(count: Int) throws {
    #expect(try randomBytes(count).count == count)
    // The chance that the last byte is zero in all of these is 1 in 2^128.
    if count > 0 { #expect(try (0..<16).contains { _ in try randomBytes(count).last != 0 }) }
  }

  @Test func `two draws differ, and every value occurs`() throws {
    #expect(try randomBytes(16) != randomBytes(16))
    #expect(Set(try randomBytes(100_000)).count == 256)
  }

  @Test func `a stock of numbers is not given out twice`() {
    var (one, other) = (StockedRandom(), StockedRandom())
    let numbers = (0..<500).flatMap { _ in [one.next(), other.next()] }
    #expect(Set(numbers).count == numbers.count)
    #expect(numbers.reduce(0, |) == .max && numbers.reduce(.max, &) == 0)
  }
}
