public import HoneydewCore
internal import HoneydewJSON

/// A new pair of tokens: the answer to `auth.login` and `auth.refresh`.
public struct AuthTokens: Equatable, Sendable {
  public var username: String
  public var accessToken: String
  public var refreshToken: String
  /// By our clock; nil for a token that does not tell.
  public var accessExpiry: Timestamp?
  public var refreshExpiry: Timestamp?

  /// Reads the AuthPayload under the operation's root field; nil when the API sent something else, or an access token that
  /// no request can carry.
  ///
  /// - Parameter answer: when it came.
  public init?(data: [UInt8], of operation: Operation, in answer: AnswerMoment) {
    guard let payload: AuthPayload = try? JSONValue(lenient: data.span)?.read(operation.fields[0]),
      payload.accessToken.isBearerToken
    else { return nil }
    username = payload.user.username
    accessToken = payload.accessToken
    refreshToken = payload.refreshToken
    accessExpiry = JWT.expiry(accessToken, in: answer)
    refreshExpiry = JWT.expiry(refreshToken, in: answer)
  }
}

extension String {
  /// Whether it can be the token in `Authorization: Bearer`, without an end to the field or a second word in it.
  var isBearerToken: Bool { !isEmpty && utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F } }
}
