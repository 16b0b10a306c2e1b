import CNGHTTP2
import Testing

@testable import HoneydewRPC

/// An owner may write at once when it is called about output, in the middle of a call's beginning or end.
@Suite struct PromptOutputTests {
  private final class Wire {
    var bytes: [UInt8] = []
  }

  private func router() -> Router {
    var router = Router()
    router.unary("/test.Notes/Echo") { (request: Note, call: UnaryCall<Note>) in call.respond(request) }
    router.unary("/test.Notes/Wait") { (_: Note, _: UnaryCall<Note>) in }
    return router
  }

  @Test func `a request that is written while it begins is answered`() throws {
    let pair = Pair(router())
    let wire = Wire()
    pair.client.onOutput = { [client = pair.client] in wire.bytes += client.takeOutput() }
    wire.bytes += pair.client.takeOutput()
    var answer: Result<Note, Status>?
    pair.client.unary("/test.Notes/Echo", Note("hello")) { answer = $0 }
    try pair.server.receive(wire.bytes, now: pair.now)
    try pair.toClient()
    #expect(answer == .success(Note("hello")))
    pair.client.onOutput = nil
  }

  @Test func `a client's own cancellation is not taken for the server's`() throws {
    let pair = Pair(router())
    pair.client.onOutput = { [client = pair.client] in _ = client.takeOutput() }
    var answers: [Result<Note, Status>] = []
    pair.client.unary("/test.Notes/Wait", Note("a"), options: CallOptions(timeout: .seconds(1))) { answers.append($0) }
    let call = pair.client.unary("/test.Notes/Wait", Note("b")) { answers.append($0) }
    pair.advance(.seconds(2))
    call.cancel()
    #expect(
      answers == [
        .failure(Status(.deadlineExceeded, "The server did not answer in time")),
        .failure(Status(.cancelled, "The call was cancelled by the client")),
      ])
    pair.client.onOutput = nil
  }

  @Test func `the owner is told of output only where it would not look anyway`() throws {
    var calls: [UnaryCall<Note>] = []
    var router = Router()
    router.unary("/test.Notes/Wait") { (_: Note, call: UnaryCall<Note>) in calls.append(call) }
    let pair = Pair(router)
    for timeout in [nil, Duration.seconds(1)] {
      pair.client.unary("/test.Notes/Wait", Note("a"), options: CallOptions(timeout: timeout)) {
        (_: Result<Note, Status>) in
      }
    }
    var tellings = 0
    pair.server.onOutput = { tellings += 1 }
    try pair.run()
    pair.server.expire(now: pair.now + .seconds(2))
    #expect(tellings == 0 && pair.server.hasOutput)
    calls.first?.respond(Note("b"))
    #expect(calls.count == 2 && tellings > 0)
  }

  @Test func `a server whose clock of the deadline runs out first does not turn it into a cancellation`() throws {
    let pair = Pair(router())
    var answer: Result<Note, Status>?
    pair.client.unary("/test.Notes/Wait", Note("a"), options: CallOptions(timeout: .seconds(1))) { answer = $0 }
    try pair.toServer()
    pair.server.session.reset(1, NGHTTP2_CANCEL)
    pair.now += .seconds(1)
    try pair.toClient()
    #expect(answer == .failure(Status(.deadlineExceeded, "The server did not answer in time")))
  }
}
