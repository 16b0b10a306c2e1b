internal import HoneydewAPI

/// What an attempt came to.
enum Outcome: Equatable {
  /// JSON text.
  case data([UInt8])
  /// The same, already in the attempt's result file.
  case spooled(size: Int)
  case tokens(AuthTokens)
  case unauthorized(text: String)
  case failure(APIFailure)
}
