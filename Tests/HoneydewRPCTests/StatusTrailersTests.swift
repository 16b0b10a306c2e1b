import HoneydewProtobuf
import Testing

@testable import HoneydewRPC

@Suite struct StatusTrailersTests {
  /// What a client sees of a call that fails with `status`.
  private func received(_ status: Status) throws -> Status? {
    var router = Router()
    router.unary("/test.Notes/Echo") { (_: Note, call: UnaryCall<Note>) in call.fail(status) }
    let pair = Pair(router)
    var answer: Result<Note, Status>?
    pair.client.unary("/test.Notes/Echo", Note("")) { answer = $0 }
    try pair.run()
    if case .failure(let status)? = answer { return status }
    return nil
  }

  private func trailerBytes(_ status: Status) -> Int {
    PercentEncoding.encode(status.message).count + Base64.encode(status.details ?? []).count
  }

  @Test("A message of any length arrives, cut where it must be", arguments: ["x", "ü", "☺", "\u{1F608}"])
  func longMessages(letter: String) throws {
    for count in [100, 1024, 5000, 100_000] {
      let message = String(repeating: letter, count: count)
      let status = try #require(
        try received(.error(.notFound, message, reason: "NOTE_NOT_FOUND", metadata: ["id": "7"])))
      #expect(status.code == .notFound)
      #expect(status.errorInfo?.reason == "NOTE_NOT_FOUND")
      #expect(status.errorInfo?.metadata == ["id": "7"])
      #expect(trailerBytes(status) < 8000)
      if message.utf8.count <= 1024 {
        #expect(status.message == message)
      } else {
        #expect(status.message.hasSuffix("…"))
        #expect(message.hasPrefix(status.message.dropLast()))
        #expect((1000...1024).contains(status.message.utf8.count))
      }
      let details = try Google_Rpc_Status(serializedBytes: try #require(status.details))
      #expect(details.message == status.message && details.code == Int32(status.code.rawValue))
    }
  }

  @Test("Details too large for trailers keep what names the error")
  func largeDetails() throws {
    let metadata = ["field": String(repeating: "x", count: 100_000)]
    let status = try #require(
      try received(.error(.invalidArgument, "no", reason: "INVALID_ARGUMENT", metadata: metadata)))
    #expect(status.message == "no")
    #expect(status.errorInfo?.reason == "INVALID_ARGUMENT" && status.errorInfo?.domain == "honeydew")
    #expect(status.errorInfo?.metadata == [:])
    let foreign = Status(.aborted, "no", details: [UInt8](repeating: 8, count: 100_000))
    #expect(try received(foreign) == Status(.aborted, "no"))
  }
}
