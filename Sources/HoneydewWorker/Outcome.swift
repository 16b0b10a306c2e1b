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

extension Outcome {
  /// The outcome of an attempt in which the sandbox has refused a system call. A failure may come of that, so it tells.
  func naming(refusedCall call: String?) -> Outcome {
    guard let call, case .failure(var failure) = self else { return self }
    failure.text += "; the worker's sandbox refused the system call \(call)"
    return .failure(failure)
  }
}
