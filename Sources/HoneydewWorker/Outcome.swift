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
  /// That of an attempt that was one call of the API.
  init(_ outcome: APIOutcome) {
    switch outcome {
    case .data(let bytes): self = .data(bytes)
    case .spooled(let size): self = .spooled(size: size)
    case .unauthorized(let text): self = .unauthorized(text: text)
    case .failure(let failure): self = .failure(failure)
    }
  }

  /// The outcome of an attempt in which the sandbox has refused a system call. A failure may come of that, so it tells.
  func naming(refusedCall call: String?) -> Outcome {
    guard let call, case .failure(var failure) = self else { return self }
    failure.text += "; the worker's sandbox refused the system call \(call)"
    return .failure(failure)
  }
}
