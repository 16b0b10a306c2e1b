internal import HoneydewFrames
internal import HoneydewCore

/// A pair of tokens in the open, on its way from a worker's frame into the vault.
struct Tokens {
  var username: String
  var access: String
  var accessExpiresAt: Timestamp?
  var refresh: String
  var refreshExpiresAt: Timestamp?
}

extension Tokens {
  /// - Parameter username: who has logged in, where the API does not say.
  init(_ tokens: Honeydew_Worker_Tokens, username: String) {
    let moment = { (milliseconds: Int64) in milliseconds > 0 ? Timestamp(milliseconds: milliseconds) : nil }
    self.init(
      username: tokens.username.isEmpty ? username : tokens.username, access: tokens.accessToken,
      accessExpiresAt: moment(tokens.accessExpiresMs), refresh: tokens.refreshToken,
      refreshExpiresAt: moment(tokens.refreshExpiresMs))
  }
}
