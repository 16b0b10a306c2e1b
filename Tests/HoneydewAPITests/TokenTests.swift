import HoneydewCore
import Testing

@testable import HoneydewAPI

@Suite struct TokenTests {
  @Test(
    "The expiry of a JWT is its exp claim",
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
    #expect(JWT.expiry(token)?.milliseconds == milliseconds)
  }

  @Test("Tokens are read from the AuthPayload, and from nothing less")
  func tokens() throws {
    let login = try #require(Operation.find(command: "auth.login"))
    let data = #"{"login":{"accessToken":"a","refreshToken":"r","user":{"id":"1","username":"ann"}}}"#
    let tokens = try #require(AuthTokens(data: Array(data.utf8), of: login))
    #expect(tokens.username == "ann")
    #expect(tokens.accessToken == "a")
    #expect(tokens.refreshToken == "r")
    #expect(tokens.accessExpiry == nil)
    for less in [#"{"login":{"accessToken":"a"}}"#, #"{"login":null}"#, "{}", "[]", ""] {
      #expect(AuthTokens(data: Array(less.utf8), of: login) == nil)
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
}
