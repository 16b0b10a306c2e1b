/// How the process ends, for scripts.
enum ExitCode: Equatable, Sendable {
  case done
  case failed
  case usage
  case unreachable
  case loginNeeded
  case timedOut
  case interrupted
  /// Of a command whose status is a program's: it failed itself.
  case ownFailure
  case notExecutable
  case notFound
  /// That of a program that was run, not 0.
  case program(Int32)

  var number: Int32 {
    switch self {
    case .done: 0
    case .failed: 1
    case .usage: 2
    case .unreachable: 3
    case .loginNeeded: 4
    case .timedOut: 124
    case .ownFailure: 125
    case .notExecutable: 126
    case .notFound: 127
    case .interrupted: 130
    case .program(let status): status
    }
  }

  /// The same where a program's status is answered, which has the small numbers to itself.
  var besideProgram: ExitCode {
    switch self {
    case .failed, .usage, .unreachable, .loginNeeded: .ownFailure
    default: self
    }
  }

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
    case .ownFailure: "FAILED"
    case .notExecutable: "NOT_EXECUTABLE"
    case .notFound: "NOT_FOUND"
    case .program: "EXIT_STATUS"
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

  /// The same where a program's status is answered.
  var besideProgram: Failure {
    var failure = Failure(
      status.besideProgram, text, isOutcomeKnown: isOutcomeKnown, reason: reason, field: field)
    failure.more = more
    return failure
  }

  /// The same failure in another text.
  func saying(_ text: String) -> Failure {
    Failure(status, text, isOutcomeKnown: isOutcomeKnown, reason: reason, field: field)
  }

  static func usage(_ text: String) -> Failure { Failure(.usage, text) }
}
