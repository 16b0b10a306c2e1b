internal import HoneydewClient
internal import HoneydewRPC

/// The one place where errors of the daemon and of the way to it become exit statuses.
extension Failure {
  init(_ error: ClientError) {
    let info = if case .refused(let status) = error { status.errorInfo } else { Status.ErrorInfo?.none }
    self.init(
      Failure.exitStatus(error), error.description, isOutcomeKnown: error.isOutcomeKnown, reason: info?.reason,
      field: info?.metadata["field"])
    switch error {
    case .absent: (mayPass, findsNoDaemon) = (true, true)
    case .lost, .unreachable: mayPass = true
    case .refused(let status): mayPass = status.code == .unavailable
    default: break
    }
  }

  private static func exitStatus(_ error: ClientError) -> ExitCode {
    switch error {
    case .address: .usage
    case .absent, .unreachable, .lost: .unreachable
    case .refused(let status): exitStatus(status)
    case .overdue: .timedOut
    case .interrupted: .interrupted
    case .failed, .untrusted: .failed
    }
  }

  private static func exitStatus(_ status: Status) -> ExitCode {
    if let reason = status.errorInfo?.reason, JobEnd.status(ofCode: reason) == .loginNeeded { return .loginNeeded }
    return switch status.code {
    case .invalidArgument, .outOfRange: .usage
    case .unauthenticated: .loginNeeded
    case .deadlineExceeded: .timedOut
    default: .failed
    }
  }
}
