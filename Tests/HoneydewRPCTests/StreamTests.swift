import HoneydewProtobuf
import Testing

@testable import HoneydewRPC

@Suite struct StreamTests {
  /// Answers each note of a stream with itself, and keeps what the server saw.
  private final class Echo {
    var call: StreamingCall<Note>?
    var seen: [String] = []
    var ended = false
    var cancelled = 0
    private(set) var router = Router()

    init() {
      router.bidirectional("/test.Notes/Talk") { [unowned self] (call: StreamingCall<Note>) -> MessageSink<Note> in
        self.call = call
        call.onCancel = { [unowned self] in cancelled += 1 }
        return MessageSink(
          onMessage: { [unowned self] in
            seen.append($0.typeURL)
            call.send($0)
          },
          onEnd: { [unowned self] in
            ended = true
            call.finish()
          })
      }
      router.clientStreaming("/test.Notes/Join") { (call: UnaryCall<Note>) -> MessageSink<Note> in
        var joined = ""
        return MessageSink(onMessage: { joined += $0.typeURL }, onEnd: { call.respond(Note(joined)) })
      }
    }
  }

  private let echo = Echo()

  @Test func `notes go back and forth while the stream lasts`() throws {
    let pair = Pair(echo.router)
    var answers: [String] = []
    var end: Status?
    let stream: ClientStream<Note> = pair.client.bidirectional(
      "/test.Notes/Talk", onMessage: { (note: Note) in answers.append(note.typeURL) }, onEnd: { end = $0 })
    for text in ["a", "b"] {
      stream.send(Note(text))
      try pair.run()
      #expect(answers.last == text && end == nil)
    }
    stream.finish()
    try pair.run()
    #expect(end == .ok && echo.ended && echo.cancelled == 0)
    stream.send(Note("late"))
    #expect(!pair.client.hasOutput && !stream.isWritable)
  }

  @Test(arguments: [1, 7, 1000]) func `it does not matter how the bytes arrive`(chunk: Int) throws {
    let pair = Pair(echo.router)
    pair.chunk = chunk
    var answer: Result<Note, Status>?
    let stream: ClientStream<Note> = pair.client.clientStreaming("/test.Notes/Join") { answer = $0 }
    for text in ["a", "b", "c"] { stream.send(Note(text, bytes: 3000)) }
    stream.finish()
    try pair.run()
    #expect(answer == .success(Note("abc")))
  }

  @Test func `a handler is told once that the client has cancelled, and what it sends then is lost`() throws {
    let pair = Pair(echo.router)
    var ends: [Status.Code] = []
    let stream: ClientStream<Note> = pair.client.bidirectional(
      "/test.Notes/Talk", onMessage: { (_: Note) in }, onEnd: { ends.append($0.code) })
    try pair.run()
    stream.cancel()
    stream.cancel()
    try pair.run()
    #expect(ends == [.cancelled] && echo.cancelled == 1)
    #expect(echo.call?.isCancelled == true && echo.call?.isWritable == false)
    echo.call?.send(Note("late"))
    echo.call?.finish()
    #expect(!pair.server.hasOutput && pair.server.openCalls == 0)
  }

  @Test func `a lost socket ends the calls on both sides`() throws {
    let pair = Pair(echo.router)
    var ends: [Status.Code] = []
    let stream: ClientStream<Note> = pair.client.bidirectional(
      "/test.Notes/Talk", onMessage: { (_: Note) in }, onEnd: { ends.append($0.code) })
    try pair.run()
    pair.client.abort()
    pair.server.abort()
    #expect(ends == [.unavailable] && echo.cancelled == 1)
    #expect(pair.client.isFinished && pair.server.isFinished)
    stream.send(Note("late"))
    let late: ClientStream<Note> = pair.client.bidirectional(
      "/test.Notes/Talk", onMessage: { (_: Note) in }, onEnd: { ends.append($0.code) })
    late.cancel()
    #expect(ends == [.unavailable, .unavailable])
  }

  @Test func `calls may outlive their connections`() throws {
    var pair: Pair? = Pair(echo.router)
    var end: Status?
    let stream: ClientStream<Note>? = pair?.client.bidirectional(
      "/test.Notes/Talk", onMessage: { (_: Note) in }, onEnd: { end = $0 })
    try pair?.run()
    pair = nil
    #expect(end?.code == .unavailable && echo.cancelled == 1)
    stream?.send(Note("late"))
    stream?.cancel()
    echo.call?.send(Note("late"))
    echo.call?.finish()
    #expect(echo.call?.isCancelled == true && stream?.isWritable == false)
  }

  @Test func `a writer waits for its reader`() throws {
    var sent = 0
    var router = Router()
    router.serverStreaming("/test.Notes/Count") { (_: Note, call: StreamingCall<Note>) in
      func sendOn() {
        while call.isWritable, sent < 1000 {
          call.send(Note("", bytes: 10_000))
          sent += 1
        }
        if sent == 1000 { call.finish() }
      }
      call.onWritable = { sendOn() }
      sendOn()
    }
    let pair = Pair(router)
    var received = 0
    var end: Status?
    pair.client.serverStreaming(
      "/test.Notes/Count", Note("a"), onMessage: { (_: Note) in received += 1 }, onEnd: { end = $0 })
    try pair.toServer()
    // Nobody reads: the server stops at its writable bytes.
    #expect((1...20).contains(sent))
    try pair.run()
    #expect(received == 1000 && end == .ok)
  }

  @Test func `a client's stream waits for its reader too`() throws {
    let pair = Pair(echo.router)
    let stream: ClientStream<Note> = pair.client.clientStreaming("/test.Notes/Join") { (_: Result<Note, Status>) in }
    var sent = 0
    func sendOn() {
      while stream.isWritable, sent < 500 {
        stream.send(Note("", bytes: 10_000))
        sent += 1
      }
    }
    stream.onWritable = { sendOn() }
    sendOn()
    #expect(sent < 20 && stream.bufferedBytes >= 64 << 10)
    try pair.run()
    #expect(sent == 500 && stream.bufferedBytes == 0)
    stream.cancel()
  }

  @Test func `a server that shuts down finishes what has begun and takes nothing new`() throws {
    let pair = Pair(echo.router)
    var ends: [Status.Code] = []
    let stream: ClientStream<Note> = pair.client.bidirectional(
      "/test.Notes/Talk", onMessage: { (_: Note) in }, onEnd: { ends.append($0.code) })
    try pair.run()
    pair.server.shutDown()
    // This call leaves before the client knows of it.
    pair.client.bidirectional(
      "/test.Notes/Talk", onMessage: { (_: Note) in }, onEnd: { ends.append($0.code) }
    ).send(Note("crossing"))
    try pair.run()
    #expect(ends == [.unavailable] && !pair.server.isFinished)
    pair.client.unary("/test.Notes/Echo", Note("late")) { (result: Result<Note, Status>) in
      if case .failure(let status) = result { ends.append(status.code) }
    }
    #expect(ends == [.unavailable, .unavailable])
    stream.send(Note("still"))
    stream.finish()
    try pair.run()
    #expect(ends == [.unavailable, .unavailable, .ok] && echo.seen == ["still"])
    #expect(pair.server.isFinished && pair.client.isFinished)
  }

  @Test(arguments: [true, false]) func `metadata that HTTP/2 cannot carry fails the call`(inTrailers: Bool) throws {
    var large = Metadata()
    large.add("x-large", String(repeating: "a", count: 100_000))
    var cancelled = 0
    var router = Router()
    router.serverStreaming("/test.Notes/Count") { (_: Note, call: StreamingCall<Note>) in
      call.onCancel = { cancelled += 1 }
      if !inTrailers { call.responseMetadata = large }
      call.send(Note("a"))
      if inTrailers { call.finish(trailers: large) }
    }
    let pair = Pair(router)
    var ends: [Status.Code] = []
    pair.client.serverStreaming(
      "/test.Notes/Count", Note("a"), onMessage: { (_: Note) in }, onEnd: { ends.append($0.code) })
    try pair.run()
    #expect(ends == [.internal] && cancelled == (inTrailers ? 0 : 1))
    pair.client.serverStreaming(
      "/test.Notes/Count", Note("a"), options: CallOptions(metadata: large), onMessage: { (_: Note) in },
      onEnd: { ends.append($0.code) })
    try pair.run()
    #expect(ends == [.internal, .internal])
    #expect(pair.client.openCalls == 0 && pair.server.openCalls == 0)
  }

  @Test func `the deadline passes on both sides`() throws {
    let pair = Pair(echo.router)
    var ends: [Status.Code] = []
    let options = CallOptions(timeout: .seconds(3))
    let stream: ClientStream<Note> = pair.client.bidirectional(
      "/test.Notes/Talk", options: options, onMessage: { (_: Note) in }, onEnd: { ends.append($0.code) })
    try pair.run()
    #expect(echo.call?.deadline == pair.now + .seconds(3))
    #expect(pair.server.nextDeadline == pair.now + .seconds(3) && pair.client.nextDeadline == pair.now + .seconds(3))
    pair.advance(.milliseconds(2999))
    #expect(ends.isEmpty && echo.cancelled == 0)
    pair.advance(.milliseconds(1))
    #expect(ends == [.deadlineExceeded] && echo.cancelled == 1)
    try pair.run()
    #expect(pair.server.openCalls == 0 && pair.server.nextDeadline == nil && pair.client.nextDeadline == nil)
    stream.cancel()
    #expect(ends == [.deadlineExceeded])
  }
}
