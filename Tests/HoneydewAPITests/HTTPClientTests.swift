import Glibc
import HoneydewCore
import Testing

@testable import HoneydewAPI

@Suite struct HTTPClientTests {
  private func call(_ url: String, authorities: [UInt8]? = nil) throws -> APICall {
    APICall(
      endpoint: Endpoint(url: url, authorities: authorities), requestID: "abcdefghijklm.1", accessToken: "token",
      operation: try #require(Operation.find(command: "organizations.list")), variables: Array("{}".utf8))
  }

  private func outcome(_ call: APICall, of client: HTTPClient = HTTPClient(userAgent: "Honeydew/test")) -> APIOutcome {
    client.begin(call, spool: nil)
    while true {
      if let outcome = client.step() { return outcome }
      // Nothing can be read from standard error, so that only the network wakes.
      client.wait(for: 2, atMost: .seconds(5))
    }
  }

  @Test(
    "What surely did not reach the API is told apart, and what cannot be helped by repeating",
    .timeLimit(.minutes(1)),
    arguments: [
      ("https://127.0.0.1:1/graphql", nil, false), ("https://nowhere.invalid/graphql", nil, false),
      ("https://127.0.0.1:1/graphql", [1, 2, 3], false), ("ftp://127.0.0.1/", nil, true),
      ("https://user:password@127.0.0.1/", nil, true), ("https://[::bad/", nil, true),
    ] as [(String, [UInt8]?, Bool)])
  func notSent(url: String, authorities: [UInt8]?, isPermanent: Bool) throws {
    guard case .failure(let failure) = outcome(try call(url, authorities: authorities)) else {
      Issue.record("the call must fail")
      return
    }
    #expect(failure.code == .networkError)
    #expect(failure.wasNotSent)
    #expect(failure.isPermanent == isPermanent, "\(failure.text)")
    #expect(!failure.text.contains("password"))
  }

  @Test("A client can be used again after a failure and after an abort")
  func reuse() throws {
    let client = HTTPClient(userAgent: "Honeydew/test")
    for _ in 0..<3 {
      let call = try call("http://127.0.0.1:1/graphql")
      guard case .failure = outcome(call, of: client) else {
        Issue.record("the call must fail")
        return
      }
      client.begin(call, spool: nil)
      #expect(client.isBusy)
      #expect(client.abort() == false)
      #expect(!client.isBusy)
    }
  }

  @Test("The body holds the payload's bytes verbatim")
  func body() throws {
    var call = try call("http://127.0.0.1:1/")
    call.variables = Array(#"{ "a" : 1.0 }"#.utf8)
    let text = String(decoding: call.body, as: UTF8.self)
    #expect(text.hasPrefix(#"{"query":"query OrganizationsList{"#))
    #expect(text.hasSuffix(#","operationName":"OrganizationsList","variables":{ "a" : 1.0 }}"#))
  }

  /// A file for results as the daemon lends it.
  private func spool() throws -> (file: SpoolFile, look: Int32) {
    var template = Array("/tmp/honeydew-api.XXXXXX".utf8CString)
    let number = mkstemp(&template)
    try #require(number >= 0)
    unlink(template)
    return (SpoolFile(owning: dup(number)), number)
  }

  @Test("A body beyond the cap is refused, and a large one is kept in the file for the result")
  func responseBody() throws {
    let (spool, look) = try spool()
    defer { close(look) }
    try spool.store([UInt8](repeating: 7, count: 500_000).span)
    let body = ResponseBody(maximum: 400_000, spool: spool)
    var expected: [UInt8] = []
    for index in 0..<4 {
      let piece = [UInt8](repeating: UInt8(index), count: 100_000)
      let isTaken = body.append(piece.span)
      #expect(isTaken)
      expected += piece
    }
    #expect(try body.withBytes { Array($0, 0..<$0.count) } == expected)
    let isTaken = body.append([1].span)
    #expect(!isTaken)
    #expect(body.failure?.code == .responseTooLarge)
  }

  @Test("Of an answer in the file the result alone is left, wherever it stood", arguments: [0, 1, 65_536, 299_000])
  func keep(from start: Int) throws {
    let (spool, look) = try spool()
    defer { close(look) }
    let answer = (0..<300_000).map { UInt8(truncatingIfNeeded: $0 &* 2_654_435_761 >> 7) }
    try spool.clear()
    try spool.write(answer.span)
    let range = start..<min(start + 200_000, answer.count)
    try spool.keep(range)
    var found = [UInt8](repeating: 0, count: 300_000)
    let count = pread(look, &found, found.count, 0)
    #expect(Array(found[..<count]) == Array(answer[range]))
  }

  @Test("A file that takes no more is reported")
  func fullFile() throws {
    let spool = SpoolFile(owning: open("/dev/full", O_RDWR))
    #expect(throws: SpoolError.self) { try spool.store([4].span) }
  }
}
