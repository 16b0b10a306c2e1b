internal import Glibc
internal import HoneydewConfig
internal import HoneydewCore
internal import HoneydewSystem

/// The program `honeydewd`.
///
/// - Parameter arguments: without the program's name.
/// - Returns: the exit status.
public func runDaemon(_ arguments: [String]) -> Int32 {
  do {
    try Process.openStandardDescriptors()
    Process.ignoreBrokenPipes()
    // A terminal that closes does not end the daemon.
    signal(SIGHUP, SIG_IGN)
    let arguments = try Arguments(arguments)
    switch arguments.action {
    case .help: print(Arguments.usage, terminator: "")
    case .version: print("honeydewd \(HoneydewVersion.current)")
    case .checkConfig, .run:
      let home = try Home(arguments.home)
      let settings = try Settings.load(path: arguments.config, home: home)
      guard arguments.action == .run else {
        print("\(arguments.config ?? home.configuration): correct")
        break
      }
      try Files.makeDirectory(home.directory)
      let log = Log(try .file(settings.logging.file), level: Log.Level(name: settings.logging.level.rawValue) ?? .info)
      do {
        try Daemon(home: home, settings: settings, log: log).run()
      } catch {
        log.error("daemon ended", ["error": .string(StartupError(error).message)])
        throw error
      }
    }
    return 0
  } catch {
    let error = StartupError(error)
    let lines = error.message.split(separator: "\n").map { "honeydewd: \($0)\n" }
    try? FileDescriptor(duplicating: STDERR_FILENO).writeAll(Array(lines.joined().utf8))
    return error.exitStatus
  }
}
