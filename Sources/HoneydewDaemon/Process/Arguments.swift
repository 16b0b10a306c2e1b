internal import HoneydewText

/// The daemon's command line.
struct Arguments: Equatable {
  enum Action: Equatable {
    case run, checkConfig, version, help
    /// What is done to the database by a process of its own: `Maintenance`.
    case maintain(Maintenance.Task)
    /// What the daemon starts itself for: `MasterKey.makeNext`.
    case makeNextKey(path: String, salt: String)
    /// The same: `LogCopier`.
    case copyLog(path: String, fileNumber: UInt64)
  }

  var action = Action.run
  /// nil means `$HONEYDEW_HOME` or `~/.honeydew`.
  var home: String?
  /// nil means `$HONEYDEW_INSTANCE` where no home is named, else the home's own daemon.
  var instance: String?
  var config: String?
  /// Settings in place of the file's, such as `queue.workers=8`.
  var assignments: [String] = []
  /// The user as whom root does what it is asked for; nil is the home's owner.
  var user: UInt32?

  static var help: String {
    let lines = [
      "Usage: honeydewd [--home DIR] [--instance NAME] [--config FILE]",
      "                 [--set KEY=VALUE]... [--check-config]", "",
      "Runs the Honeydew daemon in the foreground until SIGTERM or SIGINT.", "", "Options:",
    ]
    return (lines + HelpLines().aligned(Option.shown.map { ($0.usage, $0.help) })).joined(separator: "\n") + "\n"
  }

  /// - Parameter words: without the program's name.
  init(_ words: [String]) throws(UsageError) {
    var parser = OptionParser(words)
    while let word = try parser.next(among: Option.daemon, of: "honeydewd") {
      switch word {
      case .option(let option) where option.name == Option.showHelp.name:
        action = .help
        return
      case .option(let option) where option.name == Option.version.name:
        action = .version
        return
      case .option: break
      case .argument(let text): parser.parsed.positionals.append(text)
      }
    }
    let given = parser.parsed
    action = try Self.action(given)
    home = given.text(.home)
    instance = given.text(.instance)
    config = given.text(.config)
    assignments = given.texts(.set)
    user = given.text(.asUser).flatMap { UInt32($0) }
  }

  private static func action(_ given: ParsedArguments) throws(UsageError) -> Action {
    let tasks = Option.tasks.filter(given.isSet)
    if tasks.count > 1 {
      throw UsageError("\(tasks[0].name) and \(tasks[1].name) exclude each other; give one of them")
    }
    if given.isSet(.forgetTokens), !given.isSet(.restore) {
      throw UsageError("--forget-tokens goes with --restore FILE; see: honeydewd --help")
    }
    // What the daemon starts itself for takes two values, the second as an argument.
    let takesArgument = given.isSet(.makeNextKey) || given.isSet(.copyLog)
    if let excess = given.positionals.dropFirst(takesArgument ? 1 : 0).first {
      throw UsageError("honeydewd does not take \(quoted(excess)); see: honeydewd --help")
    }
    let argument = given.positionals.first ?? ""
    if given.isSet(.checkConfig) { return .checkConfig }
    if given.isSet(.checkDatabase) { return .maintain(.check) }
    if given.isSet(.backUpHere) { return .maintain(.backUpHere) }
    if let file = given.text(.backup) { return .maintain(.backup(file)) }
    if let file = given.text(.restore) {
      return .maintain(.restore(file, forgetsTokens: given.isSet(.forgetTokens)))
    }
    if let path = given.text(.makeNextKey) { return .makeNextKey(path: path, salt: argument) }
    if let path = given.text(.copyLog) { return .copyLog(path: path, fileNumber: UInt64(argument) ?? 0) }
    return .run
  }
}

extension Option {
  fileprivate static let home = Option(
    name: "--home", value: "DIR", kind: .file,
    help: "Where the socket, the database and the log are (default: $HONEYDEW_HOME, else ~/.honeydew)")
  fileprivate static let instance = Option(
    name: "--instance", value: "NAME", kind: .instance,
    help: "A daemon of its own, in instances/NAME of the home (default: $HONEYDEW_INSTANCE, unless --home is given)")
  fileprivate static let config = Option(
    name: "--config", value: "FILE", kind: .file,
    help: "The configuration (default: $HONEYDEW_CONFIG, else config.yaml in the home)")
  fileprivate static let set = Option(
    name: "--set", value: "KEY=VALUE", mayRepeat: true,
    help:
      "A setting, such as queue.workers=8; it wins over variables such as HONEYDEW_QUEUE_WORKERS, which win over the "
      + "file")
  fileprivate static let checkConfig = Option(name: "--check-config", help: "Check the configuration and exit")
  fileprivate static let checkDatabase = Option(name: "--check-database", help: "What honeydew doctor does")
  fileprivate static let backup = Option(
    name: "--backup", value: "FILE", kind: .file, help: "What honeydew backup does")
  fileprivate static let backUpHere = Option(name: "--backup-here", help: "")
  fileprivate static let restore = Option(
    name: "--restore", value: "FILE", kind: .file, help: "What honeydew restore does")
  fileprivate static let forgetTokens = Option(
    name: "--forget-tokens", help: "With --restore: remove all logins, for a database whose key is lost")
  fileprivate static let showHelp = Option(name: "--help", short: "-h", help: "Show this help")
  fileprivate static let asUser = Option(name: "--as-uid", value: "UID", help: "")
  fileprivate static let makeNextKey = Option(name: "--make-next-key", value: "PATH", kind: .file, help: "")
  fileprivate static let copyLog = Option(name: "--copy-log", value: "PATH", kind: .file, help: "")

  fileprivate static let shown: [Option] = [
    .home, .instance, .config, .set, .checkConfig, .checkDatabase, .backup, .restore, .forgetTokens, .version,
    .showHelp,
  ]
  fileprivate static let tasks: [Option] = [
    .checkConfig, .checkDatabase, .backup, .backUpHere, .restore, .makeNextKey, .copyLog,
  ]
  fileprivate static let daemon = shown + [.asUser, .backUpHere, .makeNextKey, .copyLog]
}
