import HoneydewCore
import Testing

@testable import HoneydewAPI

private let large = String(repeating: "x", count: 2 << 20)

/// An operation with these root fields.
private func asking(for fields: String..., by kind: String = "mutation") -> Operation {
  let document = "\(kind) F { \(fields.joined(separator: " ")) }"
  guard let plan = try? DocumentPlan(document) else { preconditionFailure("\(document) cannot be read") }
  return Operation(plan, command: "api.query", document: document)
}

@Suite struct AnswerTests {
  private func read(
    _ status: Int, _ body: String, retryAfter: Duration? = nil, field: String = "f", isRefresh: Bool = false
  ) -> Answer.Reading {
    Answer(status: status, retryAfter: retryAfter, isRefresh: isRefresh).read(
      Array(body.utf8).span, of: asking(for: field))
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
      // Over any status, in whichever error, in an object that has a key twice, beside half of a letter.
      (500, #"{"errors":[{"message":"m","extensions":{"code":"UNAUTHENTICATED"}}]}"#),
      (200, #"{"errors":[{"message":"a","message":"\ud83d"},{"extensions":{"code":1,"code":"UNAUTHENTICATED"}}]}"#),
      (200, #"{"data":{"f":null,"g":1},"errors":[{"extensions":{"code":"UNAUTHENTICATED"}}]}"#),
    ])
  func unauthorized(status: Int, body: String) {
    guard case .unauthorized = read(status, body) else {
      Issue.record("\(read(status, body))")
      return
    }
  }

  @Test("UNAUTHENTICATED is found behind many other errors, and beside a message of megabytes")
  func unauthorizedAtTheEnd() {
    let others = Array(repeating: "{}", count: 20).joined(separator: ",")
    let last = #"{"message":"\#(large)","extensions":{"code":"UNAUTHENTICATED"}}"#
    guard case .unauthorized(let text) = read(200, #"{"errors":[\#(others),\#(last)]}"#) else {
      Issue.record("it is not found")
      return
    }
    #expect(text.utf8.count < 1000)
  }

  @Test(
    "Data for the root field prove that the call was carried out, whatever stands beside them",
    arguments: [(200, .apiError), (401, .apiError), (403, .apiError), (429, .apiError), (503, .apiUnavailable)]
      as [(Int, ErrorCode)])
  func carriedOut(status: Int, code: ErrorCode) throws {
    for value in [#"{"id":"1","nested":null}"#, "[]", "false"] {
      let body = #"{"data":{"f":\#(value)},"errors":[{"message":"m","extensions":{"code":"UNAUTHENTICATED"}}]}"#
      let failure = try #require(self.failure(read(status, body, retryAfter: .seconds(9))))
      #expect(failure.code == code && failure.retryAfter == nil)
      #expect(failure.data == Array(#"{"f":\#(value)}"#.utf8))
      #expect(failure.text.contains("m (UNAUTHENTICATED)"))
    }
  }

  @Test("A refused refresh is one that says so; whatever else is answered may come right")
  func refresh() throws {
    let errors = #"{"errors":[{"message":"revoked"}]}"#
    for (status, body) in [(200, errors), (400, errors), (400, #"{"error":"invalid_grant"}"#)] {
      #expect(try #require(failure(read(status, body, isRefresh: true))).code == .apiError)
    }
    for status in [400, 401] {
      let body = #"{"errors":[{"message":"m","extensions":{"code":"UNAUTHENTICATED"}}]}"#
      guard case .unauthorized = read(status, body, isRefresh: true) else {
        Issue.record("\(status) refuses")
        return
      }
    }
    for status in [301, 302, 307, 400, 403, 404, 405, 408, 409, 413, 418, 500, 502] {
      for body in ["", "<html>", #"{"error":"Bad Request"}"#] {
        let failure = try #require(self.failure(read(status, body, retryAfter: .seconds(30), isRefresh: true)))
        #expect(failure.code == (status == 403 ? .rateLimited : .apiUnavailable))
        #expect(failure.retryAfter == .seconds(30) && !failure.isPermanent)
      }
    }
  }

  @Test(
    "An error at one of a mutation's fields does not undo those before it, also where all data are gone",
    arguments: [200, 400, 401, 403, 429, 503],
    ["null", #"{"a":null,"b":null}"#, #"{"a":1,"b":null}"#])
  func severalMutations(status: Int, data: String) throws {
    func read(_ path: String, _ operation: HoneydewAPI.Operation) -> Answer.Reading {
      let body = #"{"data":\#(data),"errors":[{"message":"no"\#(path),"extensions":{"code":"UNAUTHENTICATED"}}]}"#
      return Answer(status: status, retryAfter: .seconds(1)).read(Array(body.utf8).span, of: operation)
    }
    let failure = try #require(self.failure(read(#","path":["b"]"#, asking(for: "a", "b"))))
    #expect(failure.code == .apiError && failure.retryAfter == nil)
    #expect(failure.text.hasSuffix("some of the mutation's fields may have been carried out"))
    // Of a query, of a single field, and of a request that was turned away before its fields, that is not so.
    for reading in [
      read(#","path":["b"]"#, asking(for: "a", "b", by: "query")), read(#","path":["a"]"#, asking(for: "a")),
      read("", asking(for: "a", "b")), read(#","path":[]"#, asking(for: "a", "b")),
      read(#","path":null"#, asking(for: "a", "b")),
    ] {
      if case .failure(let failure) = reading { #expect(!failure.text.contains("may have been carried out")) }
    }
  }

  @Test("A new pair that has come counts, whatever stands beside it: the one before may be dead by now")
  func tokensBesideErrors() {
    let data = #"{"f":{"accessToken":"a","refreshToken":"r","user":{"username":"u","avatar":null}}}"#
    for status in [200, 400, 401, 403, 404, 429, 500] {
      for code in ["UNAUTHENTICATED", "INTERNAL"] {
        let body = #"{"data":\#(data),"errors":[{"message":"m","extensions":{"code":"\#(code)"}}]}"#
        for isRefresh in [false, true] {
          let answer = Answer(status: status, retryAfter: .seconds(9), expectsTokens: true, isRefresh: isRefresh)
          #expect(answer.read(Array(body.utf8).span, of: asking(for: "f")) == .data(8..<8 + data.utf8.count))
        }
      }
    }
  }

  @Test("A payload without a token is read by what stands beside it", arguments: ["null", #""""#, "7"])
  func noTokenBesideErrors(token: String) throws {
    func code(_ status: Int, _ rest: String, isRefresh: Bool = true) throws -> ErrorCode {
      let body = #"{"data":{"f":{"accessToken":\#(token),"success":false,"error":"no"}}\#(rest)}"#
      let answer = Answer(status: status, expectsTokens: true, isRefresh: isRefresh)
      return try #require(failure(answer.read(Array(body.utf8).span, of: asking(for: "f")))).code
    }
    let errors = #","errors":[{"message":"revoked"}]"#
    #expect(try code(200, errors) == .apiError && code(400, errors) == .apiError)
    // It is no GraphQL error, and no 400 or 401 that says so.
    #expect(try code(200, "") == .apiUnavailable && code(404, "") == .apiUnavailable)
    #expect(try code(404, errors) == .apiUnavailable)
    #expect(try code(200, "", isRefresh: false) == .apiError)
  }

  @Test("A limit is one by whatever status it comes")
  func limits() throws {
    for (status, code) in [(403, ErrorCode.rateLimited), (429, .rateLimited), (404, .apiError), (503, .apiUnavailable)]
    {
      let answer = Answer(status: status, isExhausted: true, resetAfter: .seconds(40))
      let failure = try #require(self.failure(answer.read([UInt8]().span, of: asking(for: "f"))))
      #expect(failure.code == code)
      #expect(failure.retryAfter == (code == .rateLimited ? .seconds(40) : nil))
    }
    #expect(failure(read(403, "", retryAfter: .seconds(60)))?.retryAfter == .seconds(60))
    #expect(failure(read(403, "", retryAfter: .seconds(60)))?.code == .rateLimited)
  }

  @Test("A status that has come says the same without its body")
  func withoutBody() {
    #expect(Answer(status: 401).readWithoutBody() == .unauthorized(text: "the API answered 401"))
    #expect(
      Answer(status: 429, retryAfter: .seconds(7)).readWithoutBody()
        == .failure(APIFailure(.rateLimited, "the API answered 429: too many requests", retryAfter: .seconds(7))))
    for status in [0, 100, 200, 206] { #expect(Answer(status: status).readWithoutBody() == nil) }
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
    for payload in [
      #"{"success":false,"error":"a","error":"no space"}"#, #"{"success":true,"error":"no space","success":false}"#,
      #"{"path":"\ud83d","success" : false,"error":null,"message":"no space"}"#,
    ] {
      let data = #"{"f":\#(payload)}"#
      let expected = APIFailure(.apiError, "the API could not do it: no space", data: Array(data.utf8))
      #expect(read(200, #"{"data":\#(data)}"#) == .failure(expected))
    }
    #expect(failure(read(200, #"{"data":{"f":{"success":true},"f":{"success":false}}}"#))?.code == .apiError)
    let long = #"{"f":{"path":"\#(large)","success":false,"error":"no space"}}"#
    #expect(
      read(200, #"{"data":\#(long)}"#)
        == .failure(
          APIFailure(
            .apiError, "the API could not do it: no space; \(long.utf8.count) bytes of partial data are not kept")))
    #expect(read(200, #"{"data":{"f":{"success":true}}}"#) == .data(8..<30))
    #expect(read(200, #"{"data":{"g":{"success":false}}}"#) == .data(8..<31))
  }

  @Test("Half of a surrogate pair, which RFC 8259 admits, passes as it is")
  func loneSurrogate() {
    #expect(read(200, #"{"data":{"f":"\ud83d"}}"#) == .data(8..<22))
  }

  @Test("Secrets are cut out of a text before it is shortened, whatever it is that is too long")
  func secretsAtTheCut() {
    let token = "eyJhbGciOiJIUzI1NiJ9.c2VjcmV0LXBhcnQ.0123456789abcdefghijklmnopqrstuvwxyz"
    for length in stride(from: 900, through: 1010, by: 3) {
      let long = String(repeating: "m", count: length) + token
      let body = #"{"errors":[{"message":"\#(long)","path":["\#(long)"],"extensions":{"code":"\#(long)"}}]}"#
      let errors = Answer(status: 200, secrets: [token]).read(Array(body.utf8).span, of: asking(for: "f"))
      #expect(failure(errors)?.text.contains("eyJ") == false)
      let redirect = Answer(status: 301, location: "https://\(long.dropFirst(820))", secrets: [token])
      let refused = redirect.read(Array("{}".utf8).span, of: asking(for: "f"))
      #expect(failure(refused)?.text.contains("eyJ") == false)
    }
  }

  @Test("Of several root fields one with data proves that the call was carried out")
  func severalFields() {
    let unauthenticated = #"{"errors":[{"message":"m","extensions":{"code":"UNAUTHENTICATED"}}],"data":%}"#
    for (data, isCarriedOut) in [(#"{"a":null,"b":1}"#, true), (#"{"a":null,"b":null}"#, false), (#"{"c":1}"#, false)] {
      let body = unauthenticated.replacing("%", with: data)
      let reading = Answer(status: 200).read(Array(body.utf8).span, of: asking(for: "a: x", "b: y"))
      #expect((failure(reading)?.code == .apiError) == isCarriedOut, "\(reading)")
    }
  }

  @Test("A success that is false ends a mutation, in whichever field, and is data of a query")
  func noSuccess() {
    let body = Array(#"{"data":{"a":{"success":true},"b":{"success":false,"error":"full"}}}"#.utf8)
    let reading = Answer(status: 200).read(body.span, of: asking(for: "a", "b"))
    #expect(failure(reading)?.text == "the API could not do it: full")
    #expect(Answer(status: 200).read(body.span, of: asking(for: "a", "b", by: "query")) == .data(8..<body.count - 1))
  }
}
