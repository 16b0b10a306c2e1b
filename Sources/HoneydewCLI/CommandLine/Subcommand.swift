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
  let examples: [Example]
  let run: @Sendable (Invocation) throws(Failure) -> ExitCode

  /// `honeydew job list`.
  var title: String { (["honeydew"] + words).joined(separator: " ") }

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
    }
  }

  var mayRepeat: Bool { count == .oneOrMore || count == .any }
  var isRequired: Bool { count == .one || count == .oneOrMore }
}

/// An argument that is known by its name.
struct Option: Sendable {
  /// With its dashes: `--priority`.
  let name: String
  /// Another name, with its dash and one letter: `-o`.
  var short: String?
  /// The value's name in help texts, such as `N`; nil for a switch.
  var value: String?
  var kind = ValueKind.text
  var mayRepeat = false
  let help: String

  /// The name, and the short one where there is one.
  var names: [String] { [name] + (short.map { [$0] } ?? []) }

  /// `--priority N`, `-o, --output FILE`.
  var usage: String { (short.map { "\($0), " } ?? "") + (value.map { "\(name) \($0)" } ?? name) }
}

/// What a value may be: the parser checks it, the completion scripts offer it.
enum ValueKind: Sendable {
  case text
  case integer(ClosedRange<Int64>)
  /// Positive, in the form of `DurationText`.
  case duration
  /// RFC 3339, or a day as YYYY-MM-DD.
  case moment
  case choice([String])
  case file
  /// `NAME=VALUE`.
  case label
  case environment
  case provider
  case job
  case schedule
  case commandType
}
