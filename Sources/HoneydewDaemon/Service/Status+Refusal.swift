internal import HoneydewCore
internal import HoneydewRPC

/// The one place that knows which gRPC status a refusal is.
extension Status {
  init(_ refusal: Refusal) {
    self = .error(
      refusal.reason.code, refusal.text, reason: refusal.reason.rawValue, metadata: refusal.facts)
  }
}

extension Refusal.Reason {
  var code: Status.Code {
    switch self {
    case .invalidArgument, .unknownCommand, .diagnosticsOff, .ambiguousID: .invalidArgument
    case .permissionDenied: .permissionDenied
    case .jobNotFound, .scheduleNotFound, .environmentNotFound, .workerNotFound, .poolNotFound: .notFound
    case .idempotencyConflict, .scheduleExists, .environmentExists: .alreadyExists
    case .wrongState, .noResult, .noOutput, .scheduleBusy, .environmentActive, .environmentInUse, .workerNotReady,
      .keyIsCredential, .keyRotationRunning, .configInvalid:
      .failedPrecondition
    case .resultLost, .rowUnreadable: .dataLoss
    case .outOfDescriptors, .tooManyWaits: .resourceExhausted
    case .writeRefused: .aborted
    case .storeUnavailable, .diskFull, .shuttingDown, .apiUnavailable, .networkError, .rateLimited, .workerCrashed:
      .unavailable
    case .apiError, .authInvalid: .unauthenticated
    case .timeout: .deadlineExceeded
    case .sealingFailed, .keyRotationFailed, .protocolError, .responseTooLarge: .internal
    }
  }
}
