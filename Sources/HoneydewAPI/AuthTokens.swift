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
    guard let json = try? JSONValue(parsing: data), let payload: AuthPayload = try? json.read(operation.field) else {
      return nil
    }
    username = payload.user.username
    accessToken = payload.accessToken
    refreshToken = payload.refreshToken
  }
}
