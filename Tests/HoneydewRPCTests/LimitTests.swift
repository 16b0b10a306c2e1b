import CNGHTTP2
import Testing

@testable import HoneydewRPC

@Suite struct LimitTests {
  /// A router whose calls stay open; `calls` keeps them.
  private final class Waiting {
    var calls: [StreamingCall<Note>] = []
    var cancelled = 0
    var requests = 0
    private(set) var router = Router()

    init() {
      router.serverStreaming("/test.Notes/Wait") { [unowned self] (_: Note, call: StreamingCall<Note>) in
        call.onCancel = { [unowned self] in cancelled += 1 }
        calls.append(call)
      }
      router.bidirectional("/test.Notes/Talk") { [unowned self] (call: StreamingCall<Note>) -> MessageSink<Note> in
        calls.append(call)
        return MessageSink(onMessage: { [unowned self] _ in requests += 1 }, onEnd: {})
      }
    }
  }

  private let waiting = Waiting()

  private func limits(_ change: (inout ServerLimits) -> Void) -> ServerLimits {
    var limits = ServerLimits()
    change(&limits)
    return limits
  }

  @Test func `responses that nobody reads are bounded over all calls of a connection`() throws {
    let limits = limits { $0.maxBufferedResponseBytes = 1 << 20 }
    let pair = Pair(waiting.router, serverLimits: limits)
    var ends: [Status] = []
    for _ in 0..<10 {
      pair.client.serverStreaming(
        "/test.Notes/Wait", Note("a"), onMessage: { (_: Note) in }, onEnd: { ends.append($0) })
    }
    try pair.toServer()
    // The client reads nothing from here on.
    for _ in 0..<100 {
      for call in waiting.calls { call.send(Note("", bytes: 10_000)) }
      #expect(waiting.calls.reduce(0) { $0 + $1.bufferedBytes } < 1 << 20 + 11_000)
    }
    #expect(waiting.cancelled > 0)
    try pair.run()
    #expect(ends.count == waiting.cancelled && ends.allSatisfy { $0.code == .resourceExhausted })
    #expect(pair.server.openCalls == 10 - ends.count)
  }

  @Test func `what a call had queued does not count once it is gone`() throws {
    let pair = Pair(waiting.router, clientLimits: ClientLimits())
    let call = pair.client.serverStreaming(
      "/test.Notes/Wait", Note("a"), onMessage: { (_: Note) in }, onEnd: { _ in })
    try pair.run()
    waiting.calls[0].send(Note("", bytes: 3_000_000))
    #expect(pair.server.session.queuedMessageBytes > 3_000_000)
    call.cancel()
    try pair.run()
    #expect(pair.server.session.queuedMessageBytes == 0)
  }

  @Test(arguments: ["/test.Notes/Wait", "/test.Notes/Talk"])
  func `incomplete requests are bounded over all calls of a connection`(path: String) throws {
    let limits = limits { $0.maxBufferedRequestBytes = 500_000 }
    let pair = Pair(waiting.router, serverLimits: limits)
    var ends: [Status] = []
    let streams = (0..<10).map { _ in
      pair.client.bidirectional(path, onMessage: { (_: Note) in }, onEnd: { ends.append($0) }) as ClientStream<Note>
    }
    // Whole messages without an end wait for it where one is expected, and are taken where a stream is.
    for stream in streams {
      stream.send(Note("", bytes: 100_000))
      try pair.run()
    }
    #expect(pair.server.bufferedRequestBytes <= 500_000)
    if path == "/test.Notes/Wait" {
      #expect(ends.count == 6 && ends.allSatisfy { $0.code == .resourceExhausted })
    } else {
      #expect(ends.isEmpty && waiting.requests == 10)
    }
    for stream in streams { stream.cancel() }
    try pair.run()
    #expect(pair.server.bufferedRequestBytes == 0)
    #expect(pair.server.openCalls == 0)
  }

  @Test func `what goes beyond the concurrent calls waits in the client`() throws {
    let limits = limits { $0.maxConcurrentCalls = 3 }
    let pair = Pair(waiting.router, serverLimits: limits)
    try pair.run()
    var ended = 0
    for _ in 0..<5 {
      pair.client.serverStreaming(
        "/test.Notes/Wait", Note("a"), onMessage: { (_: Note) in }, onEnd: { _ in ended += 1 })
    }
    try pair.run()
    #expect(waiting.calls.count == 3 && pair.server.openCalls == 3)
    for call in waiting.calls { call.finish() }
    try pair.run()
    #expect(ended == 3 && pair.server.openCalls == 2)
  }

  @Test func `calls that are broken off again and again end the connection`() throws {
    let limits = limits {
      $0.resetBurst = 20
      $0.resetsPerSecond = 10
    }
    let pair = Pair(waiting.router, serverLimits: limits)
    func breakOff() throws {
      let call = pair.client.serverStreaming(
        "/test.Notes/Wait", Note("a"), onMessage: { (_: Note) in }, onEnd: { _ in })
      try pair.run()
      call.cancel()
      try pair.run()
    }
    for _ in 0..<20 { try breakOff() }
    pair.advance(.seconds(1))
    for _ in 0..<10 { try breakOff() }
    #expect(!pair.server.isFinished)
    #expect(throws: ConnectionError.self) { try breakOff() }
    try pair.run()
    #expect(pair.server.isFinished && waiting.cancelled == 31)
  }

  @Test(arguments: [0, 1, 10, 23, 24])
  func `a connection that does not say its preface and settings is given up`(bytes: Int) throws {
    let preface = Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8)
    let server = ServerConnection(router: waiting.router, now: .zero)
    #expect(!server.hasOutput)
    try server.receive(preface.prefix(bytes), now: .seconds(9))
    #expect(server.nextDeadline == .seconds(10))
    server.expire(now: .seconds(9))
    #expect(!server.isFinished)
    server.expire(now: .seconds(10))
    _ = server.takeOutput()
    #expect(server.isFinished)
  }

  @Test(arguments: ["GET / HTTP/1.1\r\n\r\n", "PRI * HTTP/1.1\r\n\r\n", "X"])
  func `a client of HTTP 1 gets an answer that it understands`(request: String) throws {
    let server = ServerConnection(router: waiting.router, now: .zero)
    #expect(throws: ConnectionError.notHTTP2) { try server.receive(request.utf8, now: .zero) }
    let answer = String(decoding: server.takeOutput(), as: UTF8.self)
    let parts = answer.split(separator: "\r\n\r\n", omittingEmptySubsequences: false)
    #expect(answer.hasPrefix("HTTP/1.1 400 "))
    #expect(answer.contains("Content-Length: \(parts.last?.utf8.count ?? 0)\r\n"))
    #expect(server.isFinished)
  }

  @Test func `a last message that is not read is dropped after a while`() throws {
    let server = ServerConnection(router: waiting.router, now: .zero)
    #expect(throws: ConnectionError.notHTTP2) { try server.receive("GET / HTTP/1.1\r\n\r\n".utf8, now: .zero) }
    #expect(server.hasOutput && !server.isFinished)
    #expect(server.nextDeadline == .seconds(5))
    server.expire(now: .seconds(5))
    #expect(!server.hasOutput && server.isFinished && server.nextDeadline == nil)
  }

  @Test func `a client that provokes answers and does not read them is dropped`() throws {
    let pair = Pair(waiting.router)
    try pair.run()
    let ping: [UInt8] = [0, 0, 8, 6, 0, 0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8]
    let pings = [UInt8]((0..<1000).map { _ in ping }.joined())
    #expect(throws: ConnectionError.flooded) {
      for _ in 0..<100 { try pair.server.receive(pings, now: pair.now) }
    }
    #expect(pair.server.takeOutput().count < 128 << 10)
    #expect(pair.server.isFinished)
  }

  @Test func `streams that a client gives a priority and never opens are forgotten`() throws {
    let pair = Pair(waiting.router)
    try pair.run()
    func priorityFrame(_ id: UInt32) -> [UInt8] {
      [0, 0, 5, UInt8(NGHTTP2_PRIORITY.rawValue), 0] + [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: id >> $0) }
        + [0, 0, 0, 0, 15]
    }
    for id in stride(from: UInt32(1), to: 2001, by: 2) {
      try pair.server.receive(priorityFrame(id), now: pair.now)
    }
    #expect(nghttp2_session_find_stream(pair.server.session.handle, 1999) != nil)
    #expect(nghttp2_session_find_stream(pair.server.session.handle, 1) == nil)
  }
}
