internal import HoneydewAPI
internal import HoneydewCore
internal import HoneydewFrames
internal import HoneydewProtobuf

extension Outcome {
  /// Moves data that are too large for a frame into the file for results.
  func spooledIfLarge(in file: SpoolFile?) -> Outcome {
    guard case .data(let bytes) = self, bytes.count > SpoolFile.threshold, let file else { return self }
    do throws(SpoolError) {
      try file.store(bytes.span)
      return .spooled(size: bytes.count)
    } catch {
      return .failure(APIFailure(error))
    }
  }
}

extension Honeydew_Worker_Result {
  init(_ outcome: Outcome, of attempt: AttemptID, run: Honeydew_Worker_Run) {
    self.init()
    jobID = attempt.jobID
    self.attempt = attempt.attempt
    switch outcome {
    case .data(let bytes): data = bytes
    case .spooled(let size): spooled = .with { $0.size = UInt64(size) }
    case .tokens(let pair): tokens = Honeydew_Worker_Tokens(pair)
    case .unauthorized(let text):
      unauthorized = .with {
        $0.tokenGeneration = run.tokenGeneration
        $0.text = text
      }
    case .failure(let reason): failure = Honeydew_Worker_Failure(reason)
    }
  }
}

extension Honeydew_Worker_Tokens {
  init(_ tokens: AuthTokens) {
    self.init()
    username = tokens.username
    accessToken = tokens.accessToken
    refreshToken = tokens.refreshToken
    accessExpiresMs = tokens.accessExpiry?.milliseconds ?? 0
    refreshExpiresMs = tokens.refreshExpiry?.milliseconds ?? 0
  }
}

extension Honeydew_Worker_Failure {
  init(_ failure: APIFailure) {
    self.init()
    code = failure.code.rawValue
    text = failure.text
    notSent = failure.wasNotSent
    permanent = failure.isPermanent
    retryAfterMs = failure.retryAfter?.wholeMilliseconds ?? 0
    data = failure.data ?? []
    notKept = failure.wasNotKept
  }
}
