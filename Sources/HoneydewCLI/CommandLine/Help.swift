internal import HoneydewCore
internal import HoneydewText

/// The help texts, all from the table.
struct Help {
  let table: CommandTable
  let lines: HelpLines
  /// Emphasises a heading, or leaves it as it is.
  let heading: (String) -> String

  func text(for path: [String]) -> String {
    if let subcommand = table.subcommand(path) { return text(of: subcommand) }
    return path.isEmpty ? whole() : text(ofGroup: path)
  }

  /// For who types the program's name alone: the first words of all commands.
  var overview: String {
    let rows = table.topics.map { topic in
      (topic.title, Help.firstWords(of: topic).joined(separator: ", "))
    }
    let text = lines.folded("Honeydew runs jobs on this host, each in an isolated process.") + [""]
    let more = ["All commands: honeydew --help", "One of them, with examples: honeydew COMMAND --help"]
    return (text + lines.aligned(rows) + [""] + more.flatMap { lines.folded($0) }).joined(separator: "\n")
  }

  private static func firstWords(of topic: CommandTable.Topic) -> [String] {
    topic.subcommands.map { $0.words[0] }.reduce(into: []) { words, word in
      if !words.contains(word) { words.append(word) }
    }
  }

  /// `honeydew submit COMMAND [JSON | KEY=VALUE ...] [options]`.
  static func usageLine(_ subcommand: Subcommand) -> String {
    let arguments = subcommand.positionals.map(\.usage)
    let words = subcommand.runsProgram ? ["[options]"] + arguments : arguments + ["[options]"]
    return ([subcommand.title] + words).joined(separator: " ")
  }

  private func usage(_ line: String) -> [String] {
    let usage = lines.folded(line, indent: 7)
    return [heading("Usage:") + usage[0].dropFirst(6)] + usage.dropFirst()
  }

  private func whole() -> String {
    var text = lines.folded(
      "Honeydew runs jobs on this host, each in an isolated process; most of them call the Honeydew API.")
    text += [""] + usage("honeydew COMMAND [arguments] [options]")
    for topic in table.topics {
      text += ["", heading(topic.title + ":")]
      text += lines.aligned(topic.subcommands.map { (row($0, after: []), $0.summary) })
    }
    text += options(table.everywhere + [.version], "Global options:")
    text += ["", heading("Environment variables:")] + lines.aligned(Help.variables)
    text += ["", heading("Exit status:")]
    text += lines.aligned(
      Help.statuses.map { status, meaning in
        let number = String(status)
        return (String(repeating: " ", count: 3 - number.count) + number, meaning)
      })
    text += [""] + lines.folded("More about a command, with examples: honeydew COMMAND --help")
    return text.joined(separator: "\n")
  }

  /// What is typed behind the words of a group.
  private func row(_ subcommand: Subcommand, after path: [String]) -> String {
    let words = subcommand.words.dropFirst(path.count).dropLast() + [subcommand.names]
    return (words + subcommand.positionals.map(\.usage)).joined(separator: " ")
  }

  static let variables = [
    ("HONEYDEW_SOCKET", "As --socket"), ("HONEYDEW_HOME", "As --home (default: ~/.honeydew)"),
    ("HONEYDEW_INSTANCE", "As --instance, unless --home or a socket says otherwise"),
    ("HONEYDEW_NO_START", "If not empty, as --no-start"),
    ("NO_COLOR", "If not empty, no colour unless --color always"),
    ("LC_ALL, LC_CTYPE, LANG", "Unless the first that is set names UTF-8, a terminal is shown ASCII alone"),
  ]

  static let statuses = [
    (0, "Done"), (1, "Failed: the daemon refused, or the job failed or was cancelled"),
    (2, "Wrong usage, or arguments that the command does not take"), (3, "The daemon cannot be reached or started"),
    (4, "A login is needed"), (124, "Timed out: the job, or the wait for it"),
    (125, "Of run and await: Honeydew failed, and not the program, whose own status is theirs (128+N for signal N)"),
    (126, "The program that was to be run cannot be executed"), (127, "It was not found"),
    (130, "Interrupted by Ctrl-C; submitted jobs go on"),
  ]

  private func text(ofGroup path: [String]) -> String {
    let title = (["honeydew"] + path).joined(separator: " ")
    var text = lines.folded(table.summary(of: path) + ".")
    text += [""] + usage("\(title) COMMAND [arguments] [options]") + ["", heading("Commands:")]
    text += lines.aligned(table.subcommands(under: path).map { (row($0, after: path), $0.summary) })
    text += [""] + lines.folded("More about a command, with examples: \(title) COMMAND --help")
    return text.joined(separator: "\n")
  }

  private func text(of subcommand: Subcommand) -> String {
    var text = lines.folded(subcommand.summary + ".")
    text += [""] + usage(Help.usageLine(subcommand))
    if let alias = subcommand.alias {
      text.append(" Also: " + (["honeydew"] + subcommand.words.dropLast() + [alias]).joined(separator: " "))
    }
    if !subcommand.positionals.isEmpty {
      text += ["", heading("Arguments:")] + lines.aligned(subcommand.positionals.map { ($0.name, $0.help) })
    }
    text += options(subcommand.options, "Options:")
    text += options(table.everywhere, "Global options:")
    if !subcommand.details.isEmpty { text += [""] + paragraphs(subcommand.details) }
    if subcommand.startsDaemon { text += [""] + lines.folded(Help.startSentence) }
    if let times = Help.times(of: subcommand.options) { text += [""] + lines.folded(times) }
    text += ["", heading("Examples:")]
    for example in subcommand.examples {
      text += ShellLines(width: lines.width).lines(of: example.line) + lines.folded(example.meaning, indent: 6)
    }
    return text.joined(separator: "\n")
  }

  /// How moments are written, where an option is one.
  static func times(of options: [Option]) -> String? {
    let sides = options.compactMap { if case .moment(let side) = $0.kind { side } else { nil } }
    guard !sides.isEmpty else { return nil }
    let isFuture = sides.contains(.future)
    return "TIME is RFC 3339 (2026-01-31T12:00:00Z), or in the local time zone a date (2026-01-31), a date and a time "
      + "(\"2026-01-31 10:00\"), a time (14:30), today, yesterday, tomorrow or a day of the week, alone or with a time "
      + "(\"monday 9:00\"), or a distance: 90m, 2d, 1w "
      + (isFuture && sides.contains(.past) ? "ago or, of what is to come, from now." : isFuture ? "from now." : "ago.")
  }

  static let startSentence = "Starts the daemon of the user's home where none runs."

  /// Which commands start the daemon, and when.
  static func start(_ table: CommandTable) -> String {
    let starting = table.subcommands.filter(\.startsDaemon).map { $0.words.joined(separator: " ") }
    return
      "\(starting.joined(separator: ", ")) start the daemon of a home in which none runs: the usual home, or one that "
      + "--home, --instance or a variable names, if it is this user's. It runs honeydewd beside this program, in a session of "
      + "its own, and goes on until honeydew shutdown. Neither the system's daemon is started nor one that is named by its "
      + "socket, and with --no-start none is."
  }

  private func options(_ options: [Option], _ title: String) -> [String] {
    options.isEmpty ? [] : ["", heading(title)] + lines.aligned(options.map { ($0.usage, $0.help) })
  }

  /// Refills lines; one that is empty stays, and one that begins with a blank is broken only where it is too long.
  private func paragraphs(_ texts: [String]) -> [String] {
    var result: [String] = []
    var paragraph: [String] = []
    for text in texts + [""] {
      if !text.isEmpty && !text.hasPrefix(" ") {
        paragraph.append(text)
        continue
      }
      if !paragraph.isEmpty { result += lines.folded(paragraph.joined(separator: " ")) }
      paragraph = []
      let margin = text.prefix { $0 == " " }.count
      result += lines.folded(String(text.dropFirst(margin)), indent: margin)
    }
    return result.dropLast()
  }
}
