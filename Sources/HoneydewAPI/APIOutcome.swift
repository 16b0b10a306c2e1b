public import HoneydewCore

/// What an API call came to.
public enum APIOutcome: Equatable, Sendable {
  /// The bytes of `data` as the API sent them.
  case data([UInt8])
  /// The same, written and fsynced in the file for the result.
  case spooled(size: Int)
  /// The API does not accept the access token, or the login.
  case unauthorized(text: String)
  case failure(APIFailure)

  /// The same without secrets in its text.
  func redacted(_ secrets: [String]) -> APIOutcome {
    switch self {
    case .data, .spooled: return self
    case .unauthorized(let text): return .unauthorized(text: Redaction(secrets).cut(text))
    case .failure(var failure):
      failure.text = Redaction(secrets).cut(failure.text)
      return .failure(failure)
    }
  }
}

/// Why an API call failed.
public struct APIFailure: Error, Equatable, Sendable {
  public var code: ErrorCode
  /// One sentence for people.
  public var text: String
  /// Nothing of the request reached the API: even a mutation may be repeated.
  public var wasNotSent: Bool
  /// Repeating cannot help.
  public var isPermanent: Bool
  /// How long the API asked us to wait.
  public var retryAfter: Duration?
  /// JSON text that came beside the errors.
  public var data: [UInt8]?
  /// The answer came, and this machine had no place for it.
  public var wasNotKept: Bool

  public init(
    _ code: ErrorCode, _ text: String, wasNotSent: Bool = false, isPermanent: Bool = false,
    retryAfter: Duration? = nil, data: [UInt8]? = nil, wasNotKept: Bool = false
  ) {
    self.code = code
    self.text = text
    self.wasNotSent = wasNotSent
    self.isPermanent = isPermanent
    self.retryAfter = retryAfter
    self.data = data
    self.wasNotKept = wasNotKept
  }

  /// Why an answer could not be kept.
  public init(_ error: SpoolError) {
    self.init(.apiUnavailable, error.description, wasNotKept: true)
  }
}
