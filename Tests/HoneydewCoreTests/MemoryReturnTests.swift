import HoneydewCore
import Testing

struct MemoryReturnTests {
  @Test func `little traffic asks for no look`() {
    var memory = MemoryReturn()
    #expect(memory.isDue(traffic: 1_000_000, at: .seconds(1)) == false)
    #expect(memory.lookAt == nil)
  }

  @Test func `memory goes back once, three seconds after a burst`() {
    var memory = MemoryReturn()
    #expect(memory.isDue(traffic: 2 << 20, at: .seconds(1)) == false)
    #expect(memory.lookAt == .seconds(4))
    #expect(memory.isDue(traffic: 2 << 20, at: .seconds(3)) == false)
    #expect(memory.isDue(traffic: 2 << 20, at: .seconds(4)) == true)
    #expect(memory.lookAt == nil)
    #expect(memory.isDue(traffic: 2 << 20, at: .seconds(9)) == false)
  }

  @Test func `the end of a long burst is seen within a second`() {
    var memory = MemoryReturn()
    var due: Int?
    for second in 0..<30 where memory.isDue(traffic: UInt64(min(second, 10) + 1) << 21, at: .seconds(second)) {
      due = due ?? second
    }
    #expect(due == 11)
  }

  @Test func `while a burst goes on it waits, but not for ever`() {
    var memory = MemoryReturn()
    var times: [Int] = []
    for second in 0..<60 where memory.isDue(traffic: UInt64(second + 1) << 20, at: .seconds(second)) {
      times.append(second)
    }
    #expect(times.first == 30 && times.count == 1)
  }
}
