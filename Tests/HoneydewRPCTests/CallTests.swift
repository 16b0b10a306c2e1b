import HoneydewProtobuf
import Testing

@testable import HoneydewRPC

@Suite struct CallTests {
  @Test func `a unary call is answered`() throws {
    var router = Router()
    router.unary("/test.Notes/Echo") { (request: Note, call: UnaryCall<Note>) in call.respond(request) }
    let pair = Pair(router)
    var answers: [Result<Note, Status>] = []
    pair.client.unary("/test.Notes/Echo", Note("hello")) { answers.append($0) }
    try pair.run()
    pair.client.unary("/test.Notes/Echo", Note("again", bytes: 3_000_000)) { answers.append($0) }
    try pair.run()
    #expect(answers == [.success(Note("hello")), .success(Note("again", bytes: 3_000_000))])
    #expect(pair.server.openCalls == 0 && pair.client.openCalls == 0)
  }

  @Test func `a failed call carries status, message and details`() throws {
    let status = Status.error(.notFound, "no such note ☺\n", reason: "NOTE_NOT_FOUND", metadata: ["id": "7"])
    var router = Router()
    router.unary("/test.Notes/Echo") { (_: Note, call: UnaryCall<Note>) in call.fail(status) }
    let pair = Pair(router)
    var answer: Result<Note, Status>?
    pair.client.unary("/test.Notes/Echo", Note("hello")) { answer = $0 }
    try pair.run()
    #expect(answer == .failure(status))
    guard case .failure(let received) = answer else { return }
    #expect(received.errorInfo?.reason == "NOTE_NOT_FOUND")
    #expect(received.errorInfo?.domain == "honeydew")
    #expect(received.errorInfo?.metadata == ["id": "7"])
  }

  @Test func `what is wrong with a call itself has a reason too`() throws {
    var router = Router()
    router.unary("/test.Notes/Echo") { (note: Note, call: UnaryCall<Note>) in call.respond(note) }
    var limits = ServerLimits()
    limits.maxMessageBytes = 1000
    let pair = Pair(router, serverLimits: limits)
    var reasons: [String?] = []
    func call(_ path: String, _ note: Note) throws {
      pair.client.unary(path, note) { (result: Result<Note, Status>) in
        if case .failure(let status) = result { reasons.append(status.errorInfo?.reason) }
      }
      try pair.run()
    }
    try call("/test.Notes/Echo", Note("", bytes: 1001))
    try call("/test.Notes/Nothing", Note("a"))
    #expect(reasons == ["MESSAGE_TOO_LARGE", "UNKNOWN_METHOD"])
  }

  @Test func `a server streams messages in order and ends with a status`() throws {
    var router = Router()
    router.serverStreaming("/test.Notes/Count") { (request: Note, call: StreamingCall<Note>) in
      for index in 0..<5 { call.send(Note("\(request.typeURL)\(index)")) }
      call.finish()
    }
    let pair = Pair(router)
    var seen: [String] = []
    var end: Status?
    pair.client.serverStreaming(
      "/test.Notes/Count", Note("n"), onMessage: { (note: Note) in seen.append(note.typeURL) }, onEnd: { end = $0 })
    try pair.run()
    #expect(seen == ["n0", "n1", "n2", "n3", "n4"])
    #expect(end == .ok)
  }
}
