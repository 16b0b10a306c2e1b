import Glibc
import Testing

@testable import HoneydewSystem

/// What a channel reads. `StreamChannelOutputTests` has what it writes.
@Suite(.timeLimit(.minutes(1)))
final class StreamChannelTests {
  let loop: EventLoop
  let peer: FileDescriptor
  let record = Record()
  /// An array, so that a test can drop its channel.
  let channels: Channels

  init() throws {
    loop = try EventLoop(limits: .none)
    let pair = try UnixSocket.pair()
    peer = try pair.theirs.duplicate()
    channels = Channels(try StreamChannel(try pair.ours.duplicate(), on: loop, outputLimit: 1000))
    let record = record
    channel.onInput = { record.input += $0 }
    channel.onEnd = { record.ends.append($0) }
  }

  var channel: StreamChannel { channels.only! }

  @Test func `input arrives as it is sent`() throws {
    try send("one", to: peer)
    try loop.turn()
    try send("two", to: peer)
    try loop.turn()
    #expect(record.input == Array("onetwo".utf8))
    #expect(record.ends == [])
  }

  @Test func `a peer that never stops gets no more than its share of a turn`() throws {
    let chunk = [UInt8](repeating: 1, count: EventLoop.pieceLength)
    var sizes: [Int] = []
    channel.onInput = { [unowned self] bytes in
      sizes.append(bytes.count)
      #expect(throws: Never.self) {
        try #require(chunk.withUnsafeBytes { try peer.send($0) } == .wrote(chunk.count))
      }
    }
    #expect(try chunk.withUnsafeBytes { try peer.send($0) } == .wrote(chunk.count))
    try loop.turn()
    #expect(sizes == Array(repeating: EventLoop.pieceLength, count: 16))
  }

  @Test func `at the peer's end of the file the peer gets ours`() throws {
    #expect(shutdown(peer.fileNumber, Int32(SHUT_WR)) == 0)
    try loop.turn()
    #expect(record.ends == [.endOfFile])
    var byte: UInt8 = 0
    #expect(recv(peer.fileNumber, &byte, 1, Int32(MSG_DONTWAIT)) == 0)
  }

  @Test func `while it does not read, the bytes wait`() throws {
    channel.isReading = false
    try send("later", to: peer)
    try turnOnce()
    #expect(record.input == [])
    channel.isReading = true
    try loop.turn()
    #expect(record.input == Array("later".utf8))
  }

  @Test func `reading can be stopped by the handler, in the middle of a turn`() throws {
    let channel = channel
    channel.onInput = { [record, weak channel] bytes in
      record.input += bytes
      channel?.isReading = false
    }
    try fill()
    try loop.turn()
    try turnOnce()
    #expect(record.input.count == EventLoop.pieceLength)
  }

  @Test func `the end comes once, after all input`() throws {
    try send("last message", to: peer)
    #expect(shutdown(peer.fileNumber, Int32(SHUT_WR)) == 0)
    #expect(try loop.turn { !record.ends.isEmpty })
    try turnOnce()
    #expect(record.input == Array("last message".utf8))
    #expect(record.ends == [.endOfFile])
    #expect(channel.hasEnded)
  }

  @Test func `a broken connection is a failure`() throws {
    #expect(channel.queue([1]))
    channel.flush()
    // The peer goes away without having read.
    let null = try Files.open("/dev/null", flags: O_RDWR)
    #expect(dup2(null.fileNumber, peer.fileNumber) == peer.fileNumber)
    #expect(try loop.turn { !record.ends.isEmpty })
    #expect(record.ends == [.failed(Errno(ECONNRESET, call: "read"))])
  }

  @Test func `a peer that is gone is told even while nothing is read`() throws {
    channel.isReading = false
    #expect(shutdown(peer.fileNumber, Int32(SHUT_RDWR)) == 0)
    try loop.turn()
    #expect(record.ends == [.endOfFile])
  }

  @Test func `the last bytes of an ended peer are taken at once`() throws {
    let sent = try fill()
    #expect(sent > EventLoop.pieceLength)
    #expect(shutdown(peer.fileNumber, Int32(SHUT_WR)) == 0)
    channel.readToEnd()
    #expect(record.input.count == sent)
    channel.readToEnd()
    #expect(try loop.turn { channel.hasEnded })
    #expect(record.input.count == sent)
    #expect(record.ends == [.endOfFile])
  }

  @Test func `reading to the end of a living peer takes what is there and goes on`() throws {
    try send("a", to: peer)
    channel.readToEnd()
    try send("b", to: peer)
    try loop.turn()
    #expect(record.input == Array("ab".utf8))
    #expect(record.ends == [])
  }

  @Test func `a channel that its handler drops reads no further and closes the socket`() throws {
    channel.onInput = { [channels, record] bytes in
      record.input += bytes
      channels.only = nil
    }
    try fill()
    try loop.turn()
    #expect(record.input.count == EventLoop.pieceLength)
    #expect(record.ends == [])
    try wait { (try? peer.send(UnsafeRawBufferPointer(start: nil, count: 0))) == nil }
  }

  @Test func `a channel may be dropped when its end is told`() throws {
    channel.onEnd = { [channels, record] reason in
      record.ends.append(reason)
      channels.only = nil
    }
    #expect(shutdown(peer.fileNumber, Int32(SHUT_WR)) == 0)
    try loop.turn()
    try turnOnce()
    #expect(record.ends == [.endOfFile])
  }

  /// Sends as much as the socket takes.
  @discardableResult
  private func fill() throws -> Int {
    let chunk = [UInt8](repeating: 1, count: 32768)
    var sent = 0
    try peer.setNonblocking(true)
    while case .wrote(let count) = try chunk.withUnsafeBytes({ try peer.send($0) }) { sent += count }
    return sent
  }

  private func turnOnce() throws {
    _ = loop.schedule(at: loop.now) {}
    try loop.turn()
  }
}

/// What a channel has told.
final class Record {
  var input: [UInt8] = []
  var ends: [StreamChannel.End] = []
  var drains = 0
}

final class Channels {
  var only: StreamChannel?

  init(_ channel: StreamChannel) {
    only = channel
  }
}
