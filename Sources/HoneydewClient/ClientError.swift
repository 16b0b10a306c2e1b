internal import Glibc
public import HoneydewRPC
internal import HoneydewSystem

/// Why a daemon was not reached, or did not do what it was asked to.
public enum ClientError: Error, Equatable, Sendable {
  /// What was given names no daemon.
  case address(String)
  /// No daemon runs there: there is no socket, or nobody listens at it.
  case absent(String)
  /// There is no connection to whoever is there.
  case unreachable(String)
  /// Somebody else serves the socket: nothing was sent.
  case untrusted(String)
  /// The connection ended. Whether calls that ran were carried out is not known.
  case lost(String)
  /// The daemon refused, or failed.
  case refused(Status)
  /// The deadline of a wait came first. What was waited for goes on.
  case overdue
  /// `DaemonConnection.interrupt()` ended a wait. What was waited for goes on.
  case interrupted
  /// The kernel refused something to this process.
  case failed(String)

  /// Whether it is certain that nothing was done.
  public var isOutcomeKnown: Bool {
    switch self {
    case .address, .absent, .unreachable, .untrusted: true
    case .refused(let status): status.isOutcomeKnown
    case .lost, .overdue, .interrupted, .failed: false
    }
  }

  /// Whom a daemon lets in, for a sentence about one that did not.
  static let admission =
    "it admits its own user, root, and whom access.admin, access.submit and access.view in its configuration name"

  /// A server that nobody has said to be trusted.
  static func untrusted(_ address: DaemonAddress, server uid: UInt32) -> ClientError {
    .untrusted(
      "user \(uid) serves \(address.socket), who is neither you nor root, nor the owner of a directory for it that only root "
        + "could have made; nothing was sent. If passwords and payloads may go to that user, add --trust-uid \(uid)")
  }

  /// No connection.
  /// - Parameter kind: what is at the socket's path; nil where there is nothing or nobody may look.
  static func unreachable(_ address: DaemonAddress, _ error: Errno, _ kind: FileStatus.Kind?) -> ClientError {
    let advice =
      switch error.number {
      case _ where kind == .directory: "that is a directory, not a socket; a daemon's home is named by --home"
      case _ where kind != nil && kind != .socket: "that is a file, not a socket; see: honeydew --help"
      case ENOENT, ENOTDIR: "no such file; start it with: \(address.startCommand)"
      case ECONNREFUSED: "nobody listens there any more; start it with: \(address.startCommand)"
      case EAGAIN: "it takes no connections: it is stopped, or hangs; see its log, and honeydewd's process"
      case EACCES, EPERM: "permission denied; \(admission)"
      case ENAMETOOLONG:
        "the path is too long for a socket (at most \(UnixSocket.longestPath) bytes); choose a shorter home or instance's name"
      case EPROTOTYPE: "that is not a daemon's socket; see: honeydew --help"
      default: error.text
      }
    let text = "cannot reach the daemon at \(address.socket): \(advice)"
    let isAbsent = [ENOENT, ECONNREFUSED].contains(error.number) && (kind == nil || kind == .socket)
    return isAbsent ? .absent(text) : .unreachable(text)
  }
}

extension ClientError: CustomStringConvertible {
  /// A sentence for people. It may quote what others sent: escape it for a terminal.
  public var description: String {
    switch self {
    case .address(let text), .absent(let text), .unreachable(let text), .untrusted(let text), .lost(let text),
      .failed(let text):
      text
    case .refused(let status): status.sentence
    case .overdue: "the daemon has not answered in time"
    case .interrupted: "interrupted"
    }
  }
}
