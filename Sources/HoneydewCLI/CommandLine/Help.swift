internal import HoneydewCore
internal import HoneydewText

/// The help texts, all from the table, in lines of at most 80 columns.
struct Help {
  let table: CommandTable
  /// Emphasises a heading, or leaves it as it is.
  let heading: (String) -> String

  func text(for path: [String]) -> String {
    if let subcommand = table.subcommand(path) { return text(of: subcommand) }
    return path.isEmpty ? overview() : text(ofGroup: path)
  }

  /// `honeydew submit COMMAND [JSON | KEY=VALUE ...] [options]`.
  static func usageLine(_ subcommand: Subcommand) -> String {
    ([subcommand.title] + subcommand.positionals.map(\.usage) + ["[options]"]).joined(separator: " ")
  }

  private func overview() -> String {
    var lines = [
      "Honeydew runs jobs on this host, each in an isolated process; most of them call",
      "the Honeydew API.",
      "", heading("Usage:") + " honeydew COMMAND [arguments] [options]", "", heading("Commands:"),
    ]
    let rows = table.subcommands.map { subcommand in
      (([String](subcommand.words) + subcommand.positionals.map(\.usage)).joined(separator: " "), subcommand.summary)
    }
    lines += HelpLines.aligned(rows)
    lines += options(table.everywhere + [.version], "Global options:")
    lines += ["", heading("Environment variables:")] + HelpLines.aligned(Help.variables)
    lines += ["", heading("Exit status:")]
    lines += Help.statuses.map { status, meaning in
      let number = String(status)
      return "  \(String(repeating: " ", count: 3 - number.count))\(number)  \(meaning)"
    }
    lines += ["", "More about a command, with examples: honeydew COMMAND --help"]
    return lines.joined(separator: "\n")
  }

  static let variables = [
    ("HONEYDEW_SOCKET", "As --socket"), ("HONEYDEW_HOME", "As --home (default: ~/.honeydew)"),
    ("NO_COLOR", "If not empty, no colour unless --color always"),
  ]

  static let statuses = [
    (0, "Done"), (1, "Failed: the daemon refused, or the job failed or was cancelled"),
    (2, "Wrong usage, or arguments that the command does not take"), (3, "The daemon cannot be reached"),
    (4, "A login is needed"), (124, "Timed out: the job, or the wait for it"),
    (130, "Interrupted by Ctrl-C; submitted jobs go on"),
  ]

  private func text(ofGroup path: [String]) -> String {
    let title = (["honeydew"] + path).joined(separator: " ")
    var lines = [
      table.summary(of: path) + ".", "", heading("Usage:") + " \(title) COMMAND [arguments] [options]", "",
      heading("Commands:"),
    ]
    lines += HelpLines.aligned(
      table.subcommands(under: path).map { subcommand in
        let words = subcommand.words.dropFirst(path.count) + subcommand.positionals.map(\.usage)
        return (words.joined(separator: " "), subcommand.summary)
      })
    lines += ["", "More about a command, with examples: \(title) COMMAND --help"]
    return lines.joined(separator: "\n")
  }

  private func text(of subcommand: Subcommand) -> String {
    var lines = HelpLines.folded(subcommand.summary + ".")
    let usage = HelpLines.folded(Help.usageLine(subcommand), indent: 7)
    lines += ["", heading("Usage:") + usage[0].dropFirst(6)] + usage.dropFirst()
    if !subcommand.positionals.isEmpty {
      lines += ["", heading("Arguments:")] + HelpLines.aligned(subcommand.positionals.map { ($0.name, $0.help) })
    }
    lines += options(subcommand.options, "Options:")
    lines += options(table.everywhere, "Global options:")
    if !subcommand.details.isEmpty { lines += [""] + paragraphs(subcommand.details) }
    lines += times(of: subcommand)
    lines += ["", heading("Examples:")]
    for example in subcommand.examples {
      lines += shellLines(example.line) + HelpLines.folded(example.meaning, indent: 6)
    }
    return lines.joined(separator: "\n")
  }

  /// How moments are written, where the subcommand takes some.
  private func times(of subcommand: Subcommand) -> [String] {
    let sides = subcommand.options.compactMap { if case .moment(let side) = $0.kind { side } else { nil } }
    guard !sides.isEmpty else { return [] }
    return [""]
      + HelpLines.folded(
        "TIME is RFC 3339 (2026-01-31T12:00:00Z), or in the local time zone a date (2026-01-31), a date and a time "
          + "(\"2026-01-31 10:00\"), a time (14:30), today, yesterday, tomorrow or a day of the week, alone or with a time "
          + "(\"monday 9:00\"), or a distance: 90m, 2d, 1w \(sides.contains(.future) ? "from now" : "ago").")
  }

  private func options(_ options: [Option], _ title: String) -> [String] {
    options.isEmpty ? [] : ["", heading(title)] + HelpLines.aligned(options.map { ($0.usage, $0.help) })
  }

  /// Refills lines; one that is empty or begins with a blank stays as it is.
  private func paragraphs(_ lines: [String]) -> [String] {
    var result: [String] = []
    var paragraph: [String] = []
    for line in lines + [""] {
      if !line.isEmpty && !line.hasPrefix(" ") {
        paragraph.append(line)
        continue
      }
      if !paragraph.isEmpty { result += HelpLines.folded(paragraph.joined(separator: " ")) }
      paragraph = []
      result.append(line)
    }
    return result.dropLast()
  }

  /// A line for a shell, continued by backslashes where it is too long, before an option or a pipe.
  private func shellLines(_ line: String) -> [String] {
    guard line.count + 2 > HelpLines.width else { return ["  " + line] }
    var pieces: [String] = [" "]
    for word in line.split(separator: " ", omittingEmptySubsequences: false) {
      if word.hasPrefix("--") || word == "|" {
        pieces.append(String(word))
      } else {
        pieces[pieces.count - 1] += " " + word
      }
    }
    return pieces.dropFirst().reduce(into: [pieces[0]]) { lines, piece in
      let last = lines.count - 1
      if lines[last].count + piece.count + 3 > HelpLines.width {
        lines[last] += " \\"
        lines.append("    " + piece)
      } else {
        lines[last] += " " + piece
      }
    }
  }
}
