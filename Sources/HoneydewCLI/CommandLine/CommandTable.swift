internal import HoneydewText

/// All that can be typed after `honeydew`. There is one, `CommandTable.honeydew`; tests make others.
struct CommandTable: Sendable {
  /// Several commands that share their first words.
  struct Group: Sendable {
    let words: [String]
    let summary: String
  }

  /// What the help puts under one heading and the manual on one page; the files of its commands are in a folder of the
  /// same name.
  struct Topic: Sendable {
    let title: String
    /// What its page of the manual is called behind `honeydew-`.
    let page: String
    /// One sentence without a full stop.
    let summary: String
    let groups: [Group]
    let subcommands: [Subcommand]
  }

  let topics: [Topic]
  /// The options that every subcommand has.
  let everywhere: [Option]

  var groups: [Group] { topics.flatMap(\.groups) }
  var subcommands: [Subcommand] { topics.flatMap(\.subcommands) }

  func subcommand(_ words: [String]) -> Subcommand? {
    subcommands.first { $0.words == words }
  }

  /// The subcommands that begin with the words.
  func subcommands(under words: [String]) -> [Subcommand] {
    subcommands.filter { $0.words.starts(with: words) }
  }

  /// The words that may follow, in the order of the table.
  func words(after path: [String]) -> [String] {
    var found: [String] = []
    for subcommand in subcommands(under: path) where subcommand.words.count > path.count {
      let word = subcommand.words[path.count]
      if !found.contains(word) { found.append(word) }
    }
    return found
  }

  /// The word of the table that was typed, perhaps as its short form; nil where there is none.
  func word(_ typed: String, after path: [String]) -> String? {
    if words(after: path).contains(typed) { return typed }
    return subcommands(under: path).first { $0.words.count == path.count + 1 && $0.alias == typed }?.words.last
  }

  /// What a word path is for, be it a group or a subcommand.
  func summary(of path: [String]) -> String {
    subcommand(path)?.summary ?? groups.first { $0.words == path }?.summary ?? ""
  }

  func options(of subcommand: Subcommand) -> [Option] { subcommand.options + everywhere }
}

extension Option {
  static let json = Option(name: "--json", help: "Print JSON for programs, not text for people")
  static let socket = Option(name: "--socket", value: "PATH", kind: .file, help: "The daemon's socket")
  static let home = Option(name: "--home", value: "DIR", kind: .file, help: "The daemon's home, where its socket is")
  static let instance = Option(
    name: "--instance", value: "NAME", kind: .instance, help: "A daemon of its own, in instances/NAME of the home")
  static let trust = Option(
    name: "--trust-uid", value: "N", kind: .integer(0...4_294_967_294),
    help: "Send passwords and payloads to a daemon of this user too")
  static let noStart = Option(name: "--no-start", help: "Do not start the daemon of a home in which none runs")
  static let callTimeout = Option(
    name: "--call-timeout", value: "D", kind: .duration,
    help: "How long the daemon may take to answer a call (default 30s; 2s for ping and status)")
  static let utc = Option(
    name: "--utc", help: "On a terminal too, show moments exactly and in UTC, not as people say them")
  static let color = Option(
    name: "--color", value: "WHEN", kind: .choice(["auto", "always", "never"]),
    help: "Colour: auto (on a terminal), always or never")
  static let showHelp = Option(name: "--help", short: "-h", help: "Show help with examples")
}

extension Option {
  static let columns = Option(
    name: "--columns", value: "NAMES", kind: .list(of: .column),
    help: "The columns to show, with commas: job,status (text for people only)")
  static let quiet = Option(
    name: "--quiet", short: "-q",
    help: "Of a list print only the first column, a line each; of a change print nothing")
  static let sort = Option(
    name: "--sort", value: "NAME", kind: .column,
    help: "The column to sort by, such as priority; -priority begins with the greatest")
}
