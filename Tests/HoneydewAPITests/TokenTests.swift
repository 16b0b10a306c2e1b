import HoneydewCore
import Testing

@testable import HoneydewAPI

@Suite struct TokenTests {
  private let noon = AnswerMoment(received: Timestamp("2026-03-01T12:00:00.250Z")!)

  @Test(
    "The expiry of a JWT is its exp claim where nothing tells the API's time",
    arguments: [
      // {"sub":"1234567890","exp":1516239022}
      ("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIiwiZXhwIjoxNTE2MjM5MDIyfQ.c2ln", 1_516_239_022_000),
      // {"exp":1516239022.5}
      ("e30.eyJleHAiOjE1MTYyMzkwMjIuNX0.", 1_516_239_022_500),
      // {"exp":"1516239022"}, {}, no JSON, broken base64, two parts, four parts
      ("e30.eyJleHAiOiIxNTE2MjM5MDIyIn0.", nil), ("e30.e30.c2ln", nil), ("e30.YWJj.c2ln", nil), ("e30.eyJ*.c2ln", nil),
      ("e30.eyJleHAiOjE1MTYyMzkwMjIuNX0", nil), ("a.eyJleHAiOjE1MTYyMzkwMjIuNX0.c.d", nil), ("", nil), ("opaque", nil),
    ] as [(String, Int64?)])
  func expiry(token: String, milliseconds: Int64?) {
    let early = AnswerMoment(received: Timestamp(milliseconds: 0))
    #expect(JWT.expiry(token, in: early)?.milliseconds == milliseconds)
    #expect(JWT.expiry(token, in: noon) == nil, "it would have ended when it came")
  }

  @Test(
    "A token's lifetime counts from when it came, whatever the API's clock shows",
    arguments: [
      // Issued and ending so many seconds from our now, the Date of the answer, and what is left of it.
      (0, 3600, nil, .milliseconds(3_599_750)), (-1, 1, nil, .milliseconds(750)),
      (9, 3600, nil, .milliseconds(3_599_750)),
      (-7200, -3600, nil, .seconds(3600)), (-7200, -3600, 0, .seconds(3600)), (-1800, 1800, nil, .seconds(3600)),
      (7200, 10_800, nil, .seconds(3600)), (nil, -3600, -7200, .milliseconds(3_600_000)),
      (nil, 3600, 1, .milliseconds(3_599_750)), (nil, -3600, nil, nil), (-60, -120, nil, nil), (nil, -60, 0, nil),
    ] as [(Int?, Int, Int?, Duration?)])
  func lifetime(issued: Int?, end: Int, sent: Int?, left: Duration?) {
    let second = Timestamp("2026-03-01T12:00:00Z")!.milliseconds / 1000
    let claims = (issued.map { #""iat":\#(second + Int64($0)),"# } ?? "") + #""exp":\#(second + Int64(end))"#
    let answer = AnswerMoment(
      received: noon.received, sent: sent.map { Timestamp(milliseconds: (second + Int64($0)) * 1000) })
    let found = JWT.expiry("e30.\(base64URL("{\(claims)}")).c2ln", in: answer)
    #expect(found.map { $0 - noon.received } == left)
  }

  private func base64URL(_ text: String) -> String {
    let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")
    let bits = text.utf8.flatMap { byte in (0..<8).map { byte >> (7 - $0) & 1 } }
    return String(
      stride(from: 0, to: bits.count, by: 6).map { start in
        alphabet[(0..<6).reduce(0) { $0 << 1 | Int(start + $1 < bits.count ? bits[start + $1] : 0) }]
      })
  }

  @Test("Tokens are read from the AuthPayload, and from nothing less")
  func tokens() throws {
    let login = try #require(Operation.find(command: "auth.login"))
    let data = #"{"login":{"accessToken":"a","refreshToken":"r","user":{"id":"1","username":"ann"}}}"#
    let tokens = try #require(AuthTokens(data: Array(data.utf8), of: login, in: noon))
    #expect(tokens.username == "ann")
    #expect(tokens.accessToken == "a")
    #expect(tokens.refreshToken == "r")
    #expect(tokens.accessExpiry == nil)
    for less in [#"{"login":{"accessToken":"a"}}"#, #"{"login":null}"#, "{}", "[]", ""] {
      #expect(AuthTokens(data: Array(less.utf8), of: login, in: noon) == nil)
    }
    for token in ["", " ", "a b", "a\\r\\nX-Evil: 1", "ä"] {
      let data = data.replacing(#""a""#, with: #""\#(token)""#)
      #expect(AuthTokens(data: Array(data.utf8), of: login, in: noon) == nil)
    }
  }

  @Test(
    "Retry-After is read as seconds or as an HTTP date, up to an hour",
    arguments: [
      ("0", .zero), ("120", .seconds(120)), ("3601", .seconds(3600)), ("99999999999999999999", .seconds(3600)),
      ("Wed, 21 Oct 2015 07:28:00 GMT", .seconds(60)), ("Wed, 21 Oct 2015 07:26:00 GMT", .zero),
      ("Thu, 22 Oct 2015 07:28:00 GMT", .seconds(3600)), ("", nil), ("-1", nil), ("soon", nil),
    ] as [(String, Duration?)])
  func retryAfter(value: String, delay: Duration?) throws {
    let now = try #require(Timestamp("2015-10-21T07:27:00Z"))
    #expect(RetryAfter.delay(value, now: now) == delay)
  }

  @Test("A limit ends at the moment that the API names")
  func reset() throws {
    let now = try #require(Timestamp("2015-10-21T07:27:00Z"))
    #expect(RetryAfter.reset("1445412480", now: now) == .seconds(60))
    #expect(RetryAfter.reset("1445412000", now: now) == .zero)
    #expect(RetryAfter.reset("9999999999", now: now) == .seconds(3600))
    #expect(RetryAfter.reset("soon", now: now) == nil)
  }
}
