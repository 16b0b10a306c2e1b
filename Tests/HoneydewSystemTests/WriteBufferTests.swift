import Glibc
import Testing

@testable import HoneydewSystem

struct WriteBufferTests {
  @Test func `bytes leave in order, however few are taken at a time`() throws {
    var buffer = WriteBuffer()
    var taken: [UInt8] = []
    for start in stride(from: 0, to: 250, by: 50) { buffer.append((start..<start + 50).map { UInt8($0) }) }
    let isDrained = try buffer.flush { bytes throws(Errno) in
      taken += bytes.prefix(7)
      return .wrote(min(7, bytes.count))
    }
    #expect(isDrained)
    #expect(taken == Array(0..<250))
    #expect(buffer.isEmpty)
  }

  @Test func `what would block waits, before what comes later`() throws {
    var buffer = WriteBuffer()
    var taken: [UInt8] = []
    var room = 3
    let write = { (bytes: UnsafeRawBufferPointer) throws(Errno) -> WriteResult in
      guard room > 0 else { return .wouldBlock }
      let count = min(room, bytes.count)
      taken += bytes.prefix(count)
      room -= count
      return .wrote(count)
    }
    buffer.append([1, 2, 3, 4, 5])
    #expect(try !buffer.flush(write))
    #expect(buffer.count == 2)
    buffer.append([6])
    room = 10
    #expect(try buffer.flush(write))
    #expect(taken == [1, 2, 3, 4, 5, 6])
  }

  @Test func `an error keeps what is not written`() throws {
    var buffer = WriteBuffer()
    buffer.append([1, 2, 3])
    var calls = 0
    #expect(throws: Errno(ENOSPC, call: "write")) {
      try buffer.flush { _ throws(Errno) in
        calls += 1
        if calls == 1 { return .wrote(1) }
        throw Errno(ENOSPC, call: "write")
      }
    }
    #expect(buffer.count == 2)
    var taken: [UInt8] = []
    _ = try buffer.flush { bytes throws(Errno) in
      taken += bytes
      return .wrote(bytes.count)
    }
    #expect(taken == [2, 3])
  }

  @Test func `an empty buffer is not written`() throws {
    var buffer = WriteBuffer()
    buffer.append([1])
    buffer.removeAll()
    #expect(try buffer.flush { _ throws(Errno) in throw Errno(EIO, call: "write") })
  }

  @Test(arguments: [nil, Errno(ENOSPC, call: "write")])
  func `a taker that is always behind does not make the memory grow`(obstacle: Errno?) {
    var buffer = WriteBuffer()
    buffer.append([UInt8](repeating: 0, count: 1000))
    for _ in 0..<1000 {
      buffer.append([UInt8](repeating: 1, count: 100))
      var hasWritten = false
      _ = try? buffer.flush { _ throws(Errno) in
        if hasWritten {
          if let obstacle { throw obstacle }
          return .wouldBlock
        }
        hasWritten = true
        return .wrote(100)
      }
    }
    #expect(buffer.count == 1000)
    #expect(buffer.capacity < 10_000)
  }

  @Test func `the memory of a large answer is given back`() throws {
    var buffer = WriteBuffer()
    buffer.append([UInt8](repeating: 0, count: 1 << 20))
    _ = try buffer.flush { bytes throws(Errno) in .wrote(bytes.count) }
    #expect(buffer.capacity <= 4096)
  }
}
