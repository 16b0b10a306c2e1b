internal import HoneydewText

/// One row of the command table, which drives parsing, help and the completion scripts.
struct Subcommand: Sendable {
  /// What is typed after `honeydew`, such as `["job", "list"]`.
  let words: [String]
  /// One sentence without a full stop.
  let summary: String
  var positionals: [Positional] = []
  var options: [Option] = []
  /// What the summary and the options cannot say, as lines.
  var details: [String] = []
  /// Whether it starts the daemon of a home where none runs: what leaves the daemon something to do does.
  var startsDaemon = false
  /// Of the table that it prints, for completion.
  var columns: [Table.Column] = []
  /// Whether the exit status is that of a program that was run, so that its own failures have one apart.
  var answersForProgram = false
  let examples: [Example]
  let run: @Sendable (Invocation) throws(Failure) -> ExitCode

  /// `honeydew job list`.
  var title: String { (["honeydew"] + words).joined(separator: " ") }

  /// A shorter last word that means the same: hands that know other programs type it.
  var alias: String? { ["list": "ls", "remove": "rm"][words[words.count - 1]] }

  /// The last word, and what may be typed for it.
  var names: String { words[words.count - 1] + (alias.map { ", \($0)" } ?? "") }

  /// Whether all behind its first argument belongs to a program.
  var runsProgram: Bool { positionals.contains { $0.count == .program } }

  /// The positional that takes the argument at an index; the last one may take many.
  func positional(at index: Int) -> Positional? {
    if index < positionals.count { return positionals[index] }
    return positionals.last.flatMap { $0.mayRepeat ? $0 : nil }
  }

  struct Example: Sendable {
    let line: String
    let meaning: String

    init(_ line: String, _ meaning: String) {
      self.line = line
      self.meaning = meaning
    }
  }
}

/// An argument that is known by its place.
struct Positional: Sendable {
  enum Count: Sendable {
    case one, optional, oneOrMore, any
    /// A program and all that stands behind it, options too.
    case program
  }

  let name: String
  var count = Count.one
  var kind = ValueKind.text
  let help: String

  /// How the usage line shows it.
  var usage: String {
    switch count {
    case .one: name
    case .optional: "[\(name)]"
    case .oneOrMore: "\(name)..."
    case .any: "[\(name) ...]"
    case .program: "[--] \(name)..."
    }
  }

  var mayRepeat: Bool { count == .oneOrMore || count == .any || count == .program }
  var isRequired: Bool { count == .one || count == .oneOrMore || count == .program }
}
