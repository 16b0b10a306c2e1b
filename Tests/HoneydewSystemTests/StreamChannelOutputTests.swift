import Glibc
import Testing

@testable import HoneydewSystem

@Suite(.timeLimit(.minutes(1)))
final class StreamChannelOutputTests {
  static let limit = 1 << 20
  let loop: EventLoop
  let peer: FileDescriptor
  let channel: StreamChannel
  let record = Record()

  init() throws {
    loop = try EventLoop(limits: .none)
    let pair = try UnixSocket.pair()
    peer = try pair.theirs.duplicate()
    try peer.setNonblocking(true)
    channel = try StreamChannel(try pair.ours.duplicate(), on: loop, outputLimit: Self.limit)
    let record = record
    channel.onEnd = { record.ends.append($0) }
    channel.onDrained = { record.drains += 1 }
  }

  @Test func `nothing leaves before the flush`() throws {
    #expect(channel.queue(Array("one ".utf8)))
    #expect(channel.queue(Array("two".utf8)))
    try turnOnce()
    #expect(try receive() == [])
    channel.flush()
    #expect(try receive() == Array("one two".utf8))
    #expect(channel.outputCount == 0)
    #expect(record.drains == 0)
  }

  @Test func `no more waits than the limit, and nothing is queued in part`() throws {
    #expect(channel.queue([UInt8](repeating: 0, count: Self.limit - 1)))
    #expect(!channel.queue([1, 2]))
    #expect(channel.outputCount == Self.limit - 1)
    #expect(channel.queue([3]))
    #expect(!channel.queue([4]))
    channel.flush()
    #expect(channel.queue([5]))
  }

  @Test func `a slow reader gets everything in order, and the end of it is told once`() throws {
    let bytes = (0..<Self.limit).map { UInt8(truncatingIfNeeded: $0 &* 31 >> 7) }
    #expect(channel.queue(bytes))
    channel.flush()
    #expect(channel.outputCount > 0)
    var received: [UInt8] = []
    while channel.outputCount > 0 {
      let piece = try receive(atMost: 50_000)
      try #require(!piece.isEmpty)
      received += piece
      try turnOnce()
    }
    received += try receive()
    #expect(received == bytes)
    #expect(record.drains == 1)
    #expect(record.ends == [])
  }

  @Test func `more can be queued when all has left`() throws {
    var rounds = 0
    channel.onDrained = { [weak channel] in
      rounds += 1
      guard rounds < 3 else { return }
      #expect(channel?.queue([UInt8](repeating: 1, count: Self.limit)) == true)
      channel?.flush()
    }
    #expect(channel.queue([UInt8](repeating: 1, count: Self.limit)))
    channel.flush()
    var received = 0
    while rounds < 3 || channel.outputCount > 0 {
      received += try receive().count
      try turnOnce()
    }
    received += try receive().count
    #expect(received == 3 * Self.limit)
  }

  @Test func `a peer that reads nothing costs no turn of the loop`() throws {
    #expect(channel.queue([UInt8](repeating: 1, count: Self.limit)))
    channel.flush()
    var turns = 0
    var isOver = false
    _ = loop.schedule(at: Clock.monotonic() + .milliseconds(20)) { isOver = true }
    while !isOver {
      try loop.turn()
      turns += 1
    }
    #expect(turns == 1)
  }

  @Test func `a failed write is told in the next turn and not by the flush`() throws {
    #expect(shutdown(peer.fileNumber, Int32(SHUT_RDWR)) == 0)
    channel.isReading = false
    #expect(channel.queue([1]))
    channel.flush()
    #expect(record.ends == [])
    try turnOnce()
    #expect(record.ends.count == 1)
    try turnOnce()
    #expect(record.ends.count == 1)
  }

  @Test func `after the end output is taken and thrown away`() throws {
    #expect(channel.queue([UInt8](repeating: 1, count: Self.limit)))
    channel.flush()
    #expect(shutdown(peer.fileNumber, Int32(SHUT_RDWR)) == 0)
    #expect(try loop.turn { channel.hasEnded })
    #expect(channel.outputCount == 0)
    #expect(channel.queue([1, 2, 3]))
    channel.flush()
    #expect(channel.outputCount == 0)
    #expect(record.ends.count == 1)
  }

  private func receive(atMost limit: Int = .max) throws -> [UInt8] {
    var received: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: min(limit, 65536))
    while received.count < limit,
      case .read(let count) = try chunk.withUnsafeMutableBytes({ try peer.read(into: $0) })
    {
      received += chunk[..<count]
    }
    return received
  }

  private func turnOnce() throws {
    _ = loop.schedule(at: loop.now) {}
    try loop.turn()
  }
}
