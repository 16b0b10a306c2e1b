internal import HoneydewCore

/// Puts the options that name a daemon into the commands that texts advise, so that who follows the advice meets the same
/// daemon. Advice stands behind a colon, a pipe or a backtick: `; see: honeydew job list`.
struct CommandAdvice {
  /// As they go behind `honeydew`; empty where the daemon was not named by options.
  private let options: String
  /// The words that may stand first in a command.
  private let commands: Set<String>

  /// - Parameters:
  ///   - options: those that were given, with their values.
  ///   - commands: the words that may stand first in a command.
  init(_ options: [(name: String, value: String)] = [], commands: [String] = []) {
    self.options = options.map { " \($0.name) \(ShellWord.word($0.value))" }.joined()
    self.commands = Set(commands)
  }

  /// A text in which each command that it advises names the daemon.
  func addressed(_ text: String) -> String {
    guard !options.isEmpty, text.contains(Self.program) else { return text }
    let pieces = text.split(separator: Self.program, omittingEmptySubsequences: false)
    return zip(pieces, pieces.dropFirst()).reduce(into: String(pieces[0])) { result, pair in
      let (before, after) = pair
      let isAdvice =
        [": ", "| ", "`"].contains { before.hasSuffix($0) } && commands.contains(String(after.prefix { $0.isLetter }))
      result += isAdvice ? "honeydew" + options + " " : Self.program
      result += after
    }
  }

  private static let program = "honeydew "
}
