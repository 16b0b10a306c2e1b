import Glibc
import HoneydewCore
import Testing

@testable import HoneydewAPI

@Suite struct HTTPClientTests {
  private func call(_ url: String, caFile: String? = nil) throws -> APICall {
    APICall(
      endpoint: Endpoint(url: url, caFile: caFile), requestID: "abcdefghijklm.1", accessToken: "token",
      operation: try #require(Operation.find(command: "organizations.list")), variables: Array("{}".utf8))
  }

  private func outcome(_ call: APICall, of client: HTTPClient = HTTPClient(userAgent: "Honeydew/test")) -> APIOutcome {
    client.begin(call)
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
      ("https://127.0.0.1:1/graphql", "/nowhere/ca.pem", false), ("ftp://127.0.0.1/", nil, true),
      ("https://user:password@127.0.0.1/", nil, true), ("https://[::bad/", nil, true),
    ] as [(String, String?, Bool)])
  func notSent(url: String, caFile: String?, isPermanent: Bool) throws {
    guard case .failure(let failure) = outcome(try call(url, caFile: caFile)) else {
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
      client.begin(call)
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

  @Test("A body beyond the cap is refused, and a large one is kept in a file without a name")
  func responseBody() throws {
    let directory = try #require(mkdtemp(strdup("/tmp/honeydew-api.XXXXXX")).map { String(cString: $0) })
    defer { rmdir(directory) }
    let body = ResponseBody(maximum: 400_000, place: SpoolPlace(directory: directory, file: "r"))
    var expected: [UInt8] = []
    for index in 0..<4 {
      let piece = [UInt8](repeating: UInt8(index), count: 100_000)
      let isTaken = body.append(piece.span)
      #expect(isTaken)
      expected += piece
    }
    #expect(try body.withBytes { Array($0, 0..<$0.count) } == expected)
    // The directory can be removed only if it is empty.
    #expect(rmdir(directory) == 0)
    let isTaken = body.append([1].span)
    #expect(!isTaken)
    #expect(body.failure?.code == .responseTooLarge)
  }

  @Test("A result is stored under its name and `.part`, and a disk that cannot take it is reported")
  func store() throws {
    let directory = try #require(mkdtemp(strdup("/tmp/honeydew-api.XXXXXX")).map { String(cString: $0) })
    let place = SpoolPlace(directory: directory, file: "result")
    defer {
      unlink("\(directory)/result.part")
      rmdir(directory)
    }
    try place.store([1, 2, 3].span)
    try place.store([4].span)
    var status = stat()
    #expect(stat("\(directory)/result.part", &status) == 0 && status.st_size == 1 && status.st_mode & 0o777 == 0o600)
    #expect(throws: SpoolError.self) { try SpoolPlace(directory: directory + "/no", file: "r").store([4].span) }
  }
}
