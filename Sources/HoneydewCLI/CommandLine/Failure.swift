/// How the process ends, for scripts.
enum ExitCode: Int32, Sendable {
  case done = 0
  case failed = 1
  case usage = 2
  case unreachable = 3
  case loginNeeded = 4
  case timedOut = 124
  case interrupted = 130

  /// The same as a word.
  var reason: String {
    switch self {
    case .done: "DONE"
    case .failed: "FAILED"
    case .usage: "USAGE"
    case .unreachable: "UNREACHABLE"
    case .loginNeeded: "LOGIN_NEEDED"
    case .timedOut: "TIMED_OUT"
    case .interrupted: "INTERRUPTED"
    }
  }
}

/// Why a command could not be done: one sentence that says what to do, and the exit status that goes with it.
///
/// The text may quote what others sent; it is escaped when it is printed.
struct Failure: Error, Equatable {
  let status: ExitCode
  let text: String
  /// More sentences, each on a line of its own.
  var more: [String] = []
  /// Whether it is certain that nothing was done.
  let isOutcomeKnown: Bool
  /// Whether a daemon that is on its way back will do it: it was lost, is shutting down, or waits for its database.
  var mayPass = false
  /// Whether there is no daemon where it was looked for, so that one can be started.
  var findsNoDaemon = false
  /// For programs: the daemon's reason, a job's error code, or how the process ends.
  let reason: String
  /// The field of a request that is wrong.
  let field: String?

  /// - Parameter reason: for programs; by default how the process ends.
  init(
    _ status: ExitCode, _ text: String, isOutcomeKnown: Bool = true, reason: String? = nil, field: String? = nil
  ) {
    self.status = status
    self.text = text
    self.reason = reason ?? status.reason
    self.field = field
    self.isOutcomeKnown = isOutcomeKnown
  }

  /// Several sentences of our own programs, a line of text each.
  init(lines: String) {
    let sentences = lines.split(separator: "\n").map(String.init)
    self.init(.failed, sentences.first ?? "")
    more = Array(sentences.dropFirst())
  }

  /// The same failure in another text.
  func saying(_ text: String) -> Failure {
    Failure(status, text, isOutcomeKnown: isOutcomeKnown, reason: reason, field: field)
  }

  static func usage(_ text: String) -> Failure { Failure(.usage, text) }
}
