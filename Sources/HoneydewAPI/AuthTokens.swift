public import HoneydewCore
internal import HoneydewJSON

/// A new pair of tokens: the answer to `auth.login` and `auth.refresh`.
public struct AuthTokens: Equatable, Sendable {
  public var username: String
  public var accessToken: String
  public var refreshToken: String

  public var accessExpiry: Timestamp? { JWT.expiry(accessToken) }
  public var refreshExpiry: Timestamp? { JWT.expiry(refreshToken) }

  /// Reads the AuthPayload under the operation's root field; nil when the API sent something else.
  public init?(data: [UInt8], of operation: Operation) {
    guard let payload = (try? JSONValue(parsing: data))?[operation.field],
      let accessToken = payload["accessToken"]?.string, let refreshToken = payload["refreshToken"]?.string,
      let username = payload["user"]?["username"]?.string
    else { return nil }
    self.username = username
    self.accessToken = accessToken
    self.refreshToken = refreshToken
  }
}
