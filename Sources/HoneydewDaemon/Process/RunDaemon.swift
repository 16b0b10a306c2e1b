internal import Glibc
internal import HoneydewConfig
internal import HoneydewCore
internal import HoneydewJSON
internal import HoneydewSystem
internal import HoneydewText
internal import HoneydewVault

/// The program `honeydewd`.
///
/// - Returns: the exit status.
public func runDaemon() -> Int32 {
  Process.leaveCrashesToTheSystem()
  do {
    try Process.openStandardDescriptors()
    Process.ignoreBrokenPipes()
    Process.ignoreStraySignals()
    // A terminal that closes does not end the daemon, and no request to reopen the log that comes too early.
    signal(SIGHUP, SIG_IGN)
    signal(SIGUSR1, SIG_IGN)
    guard let words = Process.words else { throw StartupError("an argument is no text in UTF-8", exitStatus: 2) }
    let arguments = try Arguments(words)
    switch arguments.action {
    case .help: print(Arguments.help, terminator: "")
    case .version: print("honeydewd \(HoneydewVersion.current)")
    case .makeNextKey(let path, let salt):
      return try Helper.run { channel in
        try MasterKey.makeNext(of: path, salt: [UInt8](hexadecimal: salt) ?? [], telling: channel)
      }
    case .copyLog(let path, let fileNumber): return try LogCopier.run(path: path, fileNumber: fileNumber)
    case .checkConfig, .run, .maintain:
      let home = try Home(arguments: arguments, variables: Configuration.processVariables)
      if arguments.action == .run { try HomeCheck.check(home) }
      Process.mapLargeAllocations()
      let load = { () throws(ConfigError) in
        try Configuration.load(
          path: arguments.config, home: home, variables: Configuration.processVariables,
          assignments: arguments.assignments)
      }
      if case .maintain(let task) = arguments.action {
        guard try Process.setParentDeathSignal(SIGKILL, parent: getppid()) else { break }
        let process = MaintenanceProcess(home: home, arguments: arguments) { () throws(ConfigError) in
          try load().settings
        }
        print(String(decoding: try process.run(task).serialized, as: UTF8.self))
        break
      }
      let configuration = try load()
      let settings = configuration.settings
      try HomeCheck.check(socket: settings.daemon.socketPath)
      guard arguments.action == .run else {
        print("\(Sanitizer.printable(configuration.file)): correct")
        break
      }
      try HomeCheck.check(home, configuration)
      try Files.makeDirectory(home.directory)
      // First of all: the log has one writer, or lines of two would be mixed.
      let lock = try LockFile(home: home)
      let log = Log(try .file(settings.logging.file), copy: try standardErrorLog(settings.logging))
      do {
        let process = try DaemonProcess(
          home: home, lock: lock, configuration: configuration, load: load, log: log)
        Terminal.tell(Greeting.text(home: home, settings), on: STDERR_FILENO)
        try process.run()
      } catch {
        log.of(.daemon).error("daemon ended", ["error": .string(StartupError(error).message)])
        throw error
      }
    }
    return 0
  } catch {
    let error = StartupError(error)
    let lines = error.message.split(separator: "\n").map { "honeydewd: \(Sanitizer.printable($0))\n" }
    try? FileDescriptor(duplicating: STDERR_FILENO).writeAll(Array(lines.joined().utf8))
    return error.exitStatus
  }
}

extension Home {
  /// The home that is meant: one that was typed is meant itself, unless an instance in it was typed too.
  init(arguments: Arguments, variables: [String: String]) throws {
    let home = try Home(arguments.home)
    let variable = arguments.home == nil ? variables["HONEYDEW_INSTANCE"] ?? "" : ""
    guard let name = arguments.instance ?? (variable.isEmpty ? nil : variable) else {
      self = home
      return
    }
    try ValueKind.instance.check(name, of: "HONEYDEW_INSTANCE")
    self = home.instance(name)
  }
}

/// Where log lines are copied to, when the settings want that.
private func standardErrorLog(_ settings: Settings.Logging) throws(Errno) -> LogSink? {
  let sink = try LogSink.standardError(journal: getenv("JOURNAL_STREAM").map { String(cString: $0) })
  switch settings.stderr {
  case .auto: return sink.isJournal ? sink : nil
  case .always: return sink
  case .never: return nil
  }
}
