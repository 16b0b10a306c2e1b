import HoneydewCore
import Testing

@testable import HoneydewAPI

@Suite struct AnswerTests {
  private func read(_ status: Int, _ body: String, retryAfter: Duration? = nil, field: String = "f") -> Answer.Reading {
    Answer(status: status, retryAfter: retryAfter, location: nil).read(Array(body.utf8).span, field: field)
  }

  private func failure(_ reading: Answer.Reading) -> APIFailure? {
    if case .failure(let failure) = reading { failure } else { nil }
  }

  @Test(
    "The bytes of data are the result",
    arguments: [
      (#"{"data":{"f":1.50}}"#, 8..<18), (#" {"errors":[],"data" : { } } "#, 23..<26),
      (#"{"errors":null,"data":{"f":null},"extensions":{"data":2}}"#, 22..<32),
    ])
  func data(body: String, range: Range<Int>) {
    #expect(read(200, body) == .data(range))
  }

  @Test(
    "A broken answer is API_UNAVAILABLE",
    arguments: ["", "{", "[]", "<html>", #"{"data":{}}x"#, #"{"data":null}"#, "{}", #"{"data":[1]}"#, #"{"data":"x"}"#])
  func broken(body: String) {
    #expect(failure(read(200, body))?.code == .apiUnavailable)
  }

  @Test("A GraphQL error keeps message, path, code and the partial data")
  func graphQLError() {
    let body = """
      {"data":{"f":[1,null]},"errors":[{"message":"no such org","path":["f",1,"name"],
      "extensions":{"code":"NOT_FOUND"}},{"message":"b"},{}]}
      """
    #expect(
      read(200, body)
        == .failure(
          APIFailure(
            .apiError, "no such org (at f.1.name, NOT_FOUND); b; an error without a message",
            data: Array(#"{"f":[1,null]}"#.utf8))))
  }

  @Test("Errors in no form of GraphQL's, and endless errors, are still an API_ERROR of bounded length")
  func strangeErrors() throws {
    #expect(failure(read(200, #"{"errors":"x"}"#))?.code == .apiError)
    let many = Array(repeating: #"{"message":"\#(String(repeating: "m", count: 5000))"}"#, count: 100)
    let text = try #require(self.failure(read(200, #"{"errors":[\#(many.joined(separator: ","))]}"#))).text
    #expect(text.utf8.count < 12_000)
    #expect(text.hasSuffix("; and 90 more errors"))
  }

  @Test("Partial data too large for a frame are left out, and the text says so")
  func largePartialData() throws {
    let body = #"{"data":{"f":"\#(String(repeating: "x", count: 300_000))"},"errors":[{"message":"m"}]}"#
    let failure = try #require(self.failure(read(200, body)))
    #expect(failure.data == nil)
    #expect(failure.text == "m; 300008 bytes of partial data are not kept")
  }

  @Test(
    "UNAUTHENTICATED counts as 401",
    arguments: [
      (200, #"{"data":null,"errors":[{"message":"m","extensions":{"code":"UNAUTHENTICATED"}}]}"#),
      (400, #"{"errors":[{"message":"m","extensions":{"code":"UNAUTHENTICATED"}}]}"#), (401, "nothing of JSON"),
      (401, #"{"errors":[{"message":"m"}]}"#),
    ])
  func unauthorized(status: Int, body: String) {
    guard case .unauthorized = read(status, body) else {
      Issue.record("\(read(status, body))")
      return
    }
  }

  @Test(
    "The status decides what may be repeated",
    arguments: [
      (500, nil, .apiUnavailable), (502, nil, .apiUnavailable), (503, nil, .apiUnavailable),
      (503, .seconds(5), .rateLimited), (500, .seconds(5), .apiUnavailable), (429, nil, .rateLimited),
      (429, .seconds(7), .rateLimited), (400, nil, .apiError), (403, nil, .apiError), (404, nil, .apiError),
      (301, nil, .apiError), (307, nil, .apiError),
    ] as [(Int, Duration?, ErrorCode)])
  func status(status: Int, retryAfter: Duration?, code: ErrorCode) throws {
    let failure = try #require(self.failure(read(status, "", retryAfter: retryAfter)))
    #expect(failure.code == code)
    #expect(failure.retryAfter == (code == .rateLimited ? retryAfter : nil))
    #expect(failure.text.contains("\(status)"))
  }

  @Test("success: false is an API_ERROR that keeps the payload")
  func unsuccessful() {
    let data = #"{"f":{"success":false,"path":null,"error":"no space"}}"#
    #expect(
      read(200, #"{"data":\#(data)}"#)
        == .failure(APIFailure(.apiError, "the API could not do it: no space", data: Array(data.utf8))))
    #expect(read(200, #"{"data":{"f":{"success":true}}}"#) == .data(8..<30))
    #expect(read(200, #"{"data":{"g":{"success":false}}}"#) == .data(8..<31))
  }

  @Test("Secrets are cut out of a text before it is shortened, whatever it is that is too long")
  func secretsAtTheCut() {
    let token = "eyJhbGciOiJIUzI1NiJ9.c2VjcmV0LXBhcnQ.0123456789abcdefghijklmnopqrstuvwxyz"
    for length in stride(from: 900, through: 1010, by: 3) {
      let long = String(repeating: "m", count: length) + token
      let body = #"{"errors":[{"message":"\#(long)","path":["\#(long)"],"extensions":{"code":"\#(long)"}}]}"#
      let errors = Answer(status: 200, secrets: [token]).read(Array(body.utf8).span, field: "f")
      #expect(failure(errors)?.text.contains("eyJ") == false)
      let redirect = Answer(status: 301, location: "https://\(long.dropFirst(820))", secrets: [token])
      let refused = redirect.read(Array("{}".utf8).span, field: "f")
      #expect(failure(refused)?.text.contains("eyJ") == false)
    }
  }
}
