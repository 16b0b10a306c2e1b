/// How the process ends, for scripts.
enum ExitCode: Int32, Sendable {
  case done = 0
  case failed = 1
  case usage = 2
  case unreachable = 3
  case loginNeeded = 4
  case timedOut = 124
  case interrupted = 130
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

  init(_ status: ExitCode, _ text: String, isOutcomeKnown: Bool = true) {
    self.status = status
    self.text = text
    self.isOutcomeKnown = isOutcomeKnown
  }

  /// Several sentences of our own programs, a line of text each.
  init(lines: String) {
    let sentences = lines.split(separator: "\n").map(String.init)
    self.init(.failed, sentences.first ?? "")
    more = Array(sentences.dropFirst())
  }

  static func usage(_ text: String) -> Failure { Failure(.usage, text) }
}
