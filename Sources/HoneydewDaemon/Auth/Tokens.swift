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

  /// The pair in a worker's answer to a login, or the refusal that tells the client why there is none.
  init(_ outcome: Result<Honeydew_Worker_Result, Refusal>, username: String) throws(Refusal) {
    switch try outcome.get().outcome {
    case .tokens(let tokens): self.init(tokens, username: username)
    case .failure(let failure): throw .loginFailed(username, code: failure.code, failure.text.asReport)
    case .unauthorized(let refusal): throw .loginFailed(username, code: "AUTH_INVALID", refusal.text.asReport)
    case .data, .spooled, nil:
      throw Refusal(.protocolError, "the worker answered the login with something else")
    }
  }
}
