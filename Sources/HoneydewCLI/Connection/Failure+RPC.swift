internal import Glibc
internal import HoneydewCore
internal import HoneydewRPC
internal import HoneydewSystem

/// The one place where errors of the daemon and of the way to it become sentences and exit statuses.
extension Failure {
  /// The daemon's own error: it says what to do, and the reason decides how the process ends.
  init(_ status: Status) {
    switch status.code {
    case .unimplemented:
      self.init(
        .failed,
        "the daemon does not know this call (\(status.message)); it is of another version than this program "
          + "(\(HoneydewVersion.current)): restart it after an update")
    case _ where status.message.isEmpty:
      self.init(
        Failure.exitStatus(status), "the daemon answered \(status.code) and no more; its log may say why",
        isOutcomeKnown: Failure.isOutcomeKnown(status))
    default:
      self.init(Failure.exitStatus(status), status.message, isOutcomeKnown: Failure.isOutcomeKnown(status))
    }
  }

  /// A refusal is certain; a daemon that could not write, or was cut off, may have done what it was asked to.
  private static func isOutcomeKnown(_ status: Status) -> Bool {
    switch status.code {
    case .cancelled, .unknown, .deadlineExceeded, .internal, .unavailable, .dataLoss: false
    default: true
    }
  }

  private static func exitStatus(_ status: Status) -> ExitStatus {
    if let reason = status.errorInfo?.reason, JobEnd.status(ofCode: reason) == .loginNeeded { return .loginNeeded }
    return switch status.code {
    case .invalidArgument, .outOfRange: .usage
    case .unauthenticated: .loginNeeded
    case .deadlineExceeded: .timedOut
    default: .failed
    }
  }

  /// Who comes in.
  static let admission =
    "it admits its own user, root, and whom daemon.allow_users and daemon.allow_groups in its configuration name"

  /// No connection.
  /// - Parameter kind: what is at the socket's path; nil where there is nothing or nobody may look.
  static func unreachable(_ address: DaemonAddress, _ error: Errno, _ kind: FileStatus.Kind?) -> Failure {
    let advice =
      switch error.number {
      case _ where kind == .directory: "that is a directory, not a socket; a daemon's home is named by --home"
      case _ where kind != nil && kind != .socket: "that is a file, not a socket; see: honeydew --help"
      case ENOENT, ENOTDIR: "no such file; start it with: \(address.startCommand)"
      case ECONNREFUSED: "nobody listens there any more; start it with: \(address.startCommand)"
      case EACCES, EPERM: "permission denied; \(admission)"
      case ENAMETOOLONG:
        "the path is too long for a socket (at most \(UnixSocket.longestPath) bytes); choose a shorter home"
      case EPROTOTYPE: "that is not a daemon's socket; see: honeydew --help"
      default: error.text
      }
    return Failure(.unreachable, "cannot reach the daemon at \(address.socket): \(advice)")
  }
}
