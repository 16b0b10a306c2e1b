internal import HoneydewText

/// All that can be typed after `honeydew`. There is one, `CommandTable.honeydew`; tests make others.
struct CommandTable: Sendable {
  struct Group: Sendable {
    let words: [String]
    let summary: String
  }

  let groups: [Group]
  let subcommands: [Subcommand]
  /// The options that every subcommand has.
  let everywhere: [Option]

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
  static let instance = Option(name: "--instance", value: "NAME", help: "A named instance in the home")
  static let trust = Option(
    name: "--trust-uid", value: "N", kind: .integer(0...4_294_967_294),
    help: "Send passwords and payloads to a daemon of this user too")
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
    name: "--columns", value: "NAMES", help: "The columns to show, with commas: job,status (text for people only)")
  static let sort = Option(
    name: "--sort", value: "NAME", help: "The column to sort by, such as priority; -priority begins with the greatest")
}

extension CommandTable {
  static let honeydew: CommandTable = CommandTable(
    groups: [
      Group(words: ["job"], summary: "See what jobs do, and control them"),
      Group(words: ["queue"], summary: "See and pause the queue"),
      Group(words: ["schedule"], summary: "Run jobs at the ticks of cron expressions"),
      Group(words: ["worker"], summary: "See, restart and stop the workers"),
      Group(words: ["auth"], summary: "See who is logged in"),
      Group(words: ["key"], summary: "Manage the key that seals stored secrets"),
      Group(words: ["env"], summary: "Manage the environments: the APIs that jobs talk to"),
      Group(words: ["api"], summary: "Call the Honeydew API"),
      Group(words: ["github"], summary: "Ask GitHub through the Honeydew API"),
      Group(words: ["gitlab"], summary: "Ask GitLab through the Honeydew API"),
      Group(words: ["bitbucket"], summary: "Ask Bitbucket through the Honeydew API"),
      Group(words: ["jira"], summary: "Ask Jira through the Honeydew API"),
      Group(words: ["linear"], summary: "Ask Linear through the Honeydew API"),
      Group(words: ["config"], summary: "Check and show the configuration"),
    ],
    subcommands: [
      .ping, .status, .doctor, .logs, .reload, .backup, .restore, .shutdown,
      .submit, .jobList, .jobShow, .jobWait, .jobCancel, .jobRetry, .jobResult, .jobPriority, .jobRemove,
      .queueStats, .queuePause, .queueResume,
      .scheduleAdd, .scheduleList, .scheduleShow, .scheduleUpdate, .scheduleRemove, .schedulePause, .scheduleResume,
      .scheduleTrigger, .scheduleApply, .scheduleNext,
      .workerList, .workerRestart, .workerStop, .workerStart,
      .login, .logout, .authStatus, .keyRotate,
      .envAdd, .envList, .envShow, .envCheck, .envUse, .envRemove,
    ] + APICommand.all.map(\.subcommand) + [
      .apiList, .apiCall, .apiQuery,
      .configCheck, .configShow, .configPath,
      .completion,
    ],
    everywhere: [.json, .socket, .home, .instance, .trust, .callTimeout, .utc, .color, .showHelp])
}
