import HoneydewText
import Testing

@testable import HoneydewCLI

@Suite("The parser") struct ParserTests {
  static let table = CommandTable(
    topics: [
      CommandTable.Topic(
        title: "Jobs", page: "job", summary: "run jobs", groups: [CommandTable.Group(words: ["job"], summary: "Jobs")],
        subcommands: [
          Subcommand(
            words: ["submit"], summary: "Submit a job",
            positionals: [
              Positional(name: "COMMAND", help: "What"), Positional(name: "KEY=VALUE", count: .any, help: "Arguments"),
            ],
            options: [
              Option(name: "--priority", value: "N", kind: .integer(-5...5), help: "Rank"),
              Option(name: "--timeout", value: "D", kind: .duration, help: "Limit"),
              Option(name: "--wait", help: "Wait"),
              Option(name: "--label", value: "NAME=VALUE", kind: .label, mayRepeat: true, help: "Mark"),
              Option(name: "--output", short: "-o", value: "FILE", kind: .file, help: "Where"),
            ], examples: [], run: { _ throws(Failure) in .done }),
          Subcommand(
            words: ["job", "show"], summary: "Show a job",
            positionals: [Positional(name: "ID", kind: .job, help: "Which")],
            examples: [], run: { _ throws(Failure) in .done }),
          Subcommand(
            words: ["job", "cancel"], summary: "Cancel jobs",
            positionals: [Positional(name: "ID", count: .oneOrMore, help: "Which")], examples: [],
            run: { _ throws(Failure) in .done }),
          Subcommand(
            words: ["job", "priority"], summary: "Rank a job",
            positionals: [
              Positional(name: "ID", help: "Which"), Positional(name: "N", kind: .integer(-5...5), help: "Rank"),
            ],
            examples: [], run: { _ throws(Failure) in .done }),
        ])
    ],
    everywhere: [.json, .color, .showHelp])
  let parser = Parser(table: table)

  private func run(_ line: String) throws(Failure) -> (subcommand: Subcommand, arguments: ParsedArguments)? {
    let words = line.split(separator: " ").map { $0 == "''" ? "" : String($0) }
    guard case .run(let subcommand, let arguments) = try parser.parse(words) else { return nil }
    return (subcommand, arguments)
  }

  @Test("reads options before, between and after the arguments")
  func optionsAnywhere() throws {
    let (subcommand, arguments) = try #require(
      try run("--json submit --priority -3 diag.noop --wait a=1 --color=never b=2"))
    #expect(subcommand.words == ["submit"])
    #expect(arguments.positionals == ["diag.noop", "a=1", "b=2"])
    #expect(arguments.options == ["--json": [""], "--priority": ["-3"], "--wait": [""], "--color": ["never"]])
  }

  @Test("takes an option that may repeat each time, and a short name for the long one")
  func repeatedAndShort() throws {
    let arguments = try #require(try run("submit x --label a=b=c -o f --label=d=")).arguments
    #expect(arguments.options == ["--label": ["a=b=c", "d="], "--output": ["f"]])
    #expect(try run("submit x -o -")?.arguments.options == ["--output": ["-"]])
  }

  @Test("takes a negative number where a number is due")
  func negativeNumber() throws {
    #expect(try run("job priority k3v9 -5")?.arguments.positionals == ["k3v9", "-5"])
    #expect(throws: Failure.usage("N must be a whole number from -5 to 5, not \"-6\"")) {
      try run("job priority k3v9 -6")
    }
    #expect(throws: Failure.usage("honeydew job priority has no option \"-5\"; see: honeydew job priority --help")) {
      try run("job priority -5 k3v9")
    }
  }

  @Test("takes everything after -- as an argument")
  func doubleDash() throws {
    let arguments = try #require(try run("submit -- --priority --wait")).arguments
    #expect(arguments.positionals == ["--priority", "--wait"])
    #expect(arguments.options.isEmpty)
  }

  @Test(
    "refuses what the table does not have and says what to do",
    arguments: [
      ("--json", "honeydew needs a command: submit, job; see: honeydew --help"),
      ("job", "honeydew job needs a command: show, cancel, priority; see: honeydew job --help"),
      ("sbumit x", "there is no command \"honeydew sbumit\"; did you mean submit?"),
      ("frobnicate", "there is no command \"honeydew frobnicate\"; see: honeydew --help"),
      ("job shwo x", "there is no command \"honeydew job shwo\"; did you mean show?"),
      ("submit", "COMMAND is missing: honeydew submit COMMAND [KEY=VALUE ...] [options]"),
      ("job cancel", "ID is missing: honeydew job cancel ID... [options]"),
      ("job show a b", "honeydew job show does not take \"b\"; see: honeydew job show --help"),
      ("job show ''", "ID must not be empty"),
      ("submit x --prioritty 1", "honeydew submit has no option \"--prioritty\"; did you mean --priority?"),
      ("submit x --verbose", "honeydew submit has no option \"--verbose\"; see: honeydew submit --help"),
      ("--wait submit x", "honeydew has no option \"--wait\"; see: honeydew --help"),
      ("submit x -w", "honeydew submit has no option \"-w\"; see: honeydew submit --help"),
      ("submit x --priority", "--priority needs a value: --priority N"),
      ("submit x --priority --wait", "--priority needs a value: --priority N"),
      ("submit x --wait=yes", "--wait takes no value; leave out \"=yes\""),
      ("submit x --wait --wait", "--wait is given twice; give it once"),
      ("submit x --priority high", "--priority must be a whole number from -5 to 5, not \"high\""),
      ("submit x --priority 6", "--priority must be a whole number from -5 to 5, not \"6\""),
      ("submit x --priority=", "--priority must be a whole number from -5 to 5, not \"\""),
      ("submit x --timeout soon", "--timeout must be a duration such as 250ms, 30s, 5m or 1h30m, not \"soon\""),
      ("submit x --timeout 0s", "--timeout must be a duration such as 250ms, 30s, 5m or 1h30m, not \"0s\""),
      ("submit x --label team", "--label must be NAME=VALUE such as team=web, not \"team\""),
      ("submit x --label =web", "--label must be NAME=VALUE such as team=web, not \"=web\""),
      ("submit x -o", "-o needs a value: -o FILE"),
      ("submit x -o a --output b", "--output is given twice; give it once"),
      ("submit x --color rainbow", "--color must be one of auto, always, never, not \"rainbow\""),
      ("submit x --color nevr", "--color must be one of auto, always, never, not \"nevr\"; did you mean never?"),
      ("help jbo", "there is no help on \"jbo\"; did you mean job?"),
    ])
  func refusals(line: String, sentence: String) {
    #expect(throws: Failure(.usage, sentence)) { try run(line) }
  }

  @Test(
    "finds the topic of a call for help",
    arguments: [
      ("--help", []), ("help", []), ("job --help", ["job"]), ("help job show", ["job", "show"]),
      ("job show --help", ["job", "show"]), ("submit x --priority 1 -h", ["submit"]), ("--json job -h", ["job"]),
    ] as [(String, [String])])
  func helpTopics(line: String, topic: [String]) throws {
    guard case .help(let found) = try parser.parse(line.split(separator: " ").map(String.init)) else {
      Issue.record("no call for help")
      return
    }
    #expect(found == topic)
  }

  @Test("knows --version only before a command")
  func version() throws {
    guard case .version = try parser.parse(["--version"]), case .version = try parser.parse(["-V"]) else {
      Issue.record("not a call for the version")
      return
    }
    #expect(throws: Failure.self) { try run("submit --version") }
  }
}

@Suite("The table of commands") struct CommandTableTests {
  let table = CommandTable.honeydew

  @Test("gives every command a summary, examples that parse, and options without doubles")
  func isWhole() throws {
    for subcommand in table.subcommands {
      #expect(!subcommand.summary.isEmpty && !subcommand.summary.hasSuffix("."), "\(subcommand.title)")
      #expect(!subcommand.examples.isEmpty, "\(subcommand.title)")
      let names = table.options(of: subcommand).map(\.name)
      #expect(Set(names).count == names.count, "\(subcommand.title)")
      for example in subcommand.examples {
        let words = try #require(command(in: example.line), "\(example.line)")
        #expect(throws: Never.self, "\(example.line)") { try Parser(table: table).parse(words) }
      }
    }
    for group in table.groups {
      #expect(!table.subcommands(under: group.words).isEmpty, "\(group.words)")
    }
  }

  @Test(
    "has help for every command and group that is as wide as the terminal", arguments: [nil, 20, 40, 57, 80, 100, 300])
  func help(columns: Int?) {
    let lines = HelpLines(columns: columns)
    #expect(lines.width == min(max(columns ?? 80, 40), 100))
    let help = Help(table: table, lines: lines, heading: { $0 })
    for text in [help.overview] + ([[]] + table.groups.map(\.words) + table.subcommands.map(\.words)).map(help.text) {
      let shown = text.split(separator: "\n")
      #expect(shown.count > 3, "\(text)")
      for line in shown { #expect(line.count <= lines.width, "\(line)") }
    }
  }

  @Test("names every command once in the whole help, under the heading of its topic")
  func wholeHelp() throws {
    let text = Help(table: table, lines: HelpLines(columns: 100), heading: { $0 }).text(for: [])
    var headings: [Substring: [Substring]] = [:]
    var heading: Substring = ""
    for line in text.split(separator: "\n") {
      if line.hasSuffix(":") { heading = line.dropLast() } else { headings[heading, default: []].append(line) }
    }
    for topic in table.topics {
      let lines = try #require(headings[topic.title[...]])
      for subcommand in topic.subcommands {
        let start = "  " + (subcommand.words.dropLast() + [subcommand.names]).joined(separator: " ")
        #expect(lines.count { $0 == start || $0.hasPrefix(start + " ") } == 1, "\(subcommand.title)")
      }
    }
  }

  @Test("has an overview of ten lines or so that names the first word of every command")
  func overview() {
    let text = Help(table: table, lines: HelpLines(), heading: { $0 }).overview
    #expect(text.split(separator: "\n", omittingEmptySubsequences: false).count <= 14)
    for word in table.words(after: []) { #expect(text.contains(word), "\(word)") }
  }

  @Test("takes ls for list and rm for remove, wherever they are", arguments: ["list", "remove"])
  func aliases(word: String) throws {
    let subcommands = table.subcommands.filter { $0.words.last == word }
    #expect(!subcommands.isEmpty)
    for subcommand in subcommands {
      let alias = try #require(subcommand.alias)
      let words = subcommand.words.dropLast() + [alias]
      guard case .help(let path) = try Parser(table: table).parse(words + ["--help"]) else {
        Issue.record("\(words)")
        continue
      }
      #expect(path == subcommand.words)
      let help = Help(table: table, lines: HelpLines(), heading: { $0 })
      #expect(help.text(for: path).contains("Also: honeydew " + words.joined(separator: " ")))
    }
  }

  @Test("gives a short name one meaning")
  func shortNames() {
    var meanings = ["-n": Set<String>(), "-f": [], "-q": [], "-y": [], "-o": [], "-h": [], "-V": []]
    for option in table.subcommands.flatMap(table.options(of:)) + [.version] {
      if let short = option.short { meanings[short, default: []].insert(option.name) }
    }
    #expect(
      meanings == [
        "-n": ["--limit", "--lines", "--count"], "-f": ["--follow"], "-q": ["--quiet"], "-y": ["--yes"],
        "-o": ["--output"], "-t": ["--timestamps"], "-h": ["--help"], "-V": ["--version"],
      ])
  }

  /// What `honeydew` is given in a line of a shell: single quotes hold words together, `|` and `>` do not belong to it.
  private func command(in line: String) -> [String]? {
    var words: [String] = []
    for (index, part) in line.split(separator: "'", omittingEmptySubsequences: false).enumerated() {
      if index % 2 == 1 { words.append(String(part)) } else { words += part.split(separator: " ").map(String.init) }
    }
    let starts = words.indices.filter { $0 == 0 || ["|", "xargs"].contains(words[$0 - 1]) }
    guard let start = starts.first(where: { words[$0] == "honeydew" }) else { return nil }
    return Array(words[(start + 1)...].prefix { $0 != "|" && $0 != ">" })
  }
}
