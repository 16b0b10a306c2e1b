internal import HoneydewText
internal import HoneydewConfig
internal import HoneydewCore
internal import HoneydewMessages
internal import HoneydewSystem

extension Subcommand {
  static let logs = Subcommand(
    words: ["logs"], summary: "Show the daemon's log",
    options: [lines, all, since, until, follow, level, component],
    details: [
      "Reads the log file and those that were rotated, compressed or not, oldest lines first; the daemon need not run.",
      "With --json the lines are those of the file, a JSON object each.",
    ],
    examples: [
      Example("honeydew logs -f", "shows the last lines, and goes on as new ones come"),
      Example("honeydew logs --since yesterday --level error", "shows what has failed since then"),
      Example("honeydew logs --level warn --component worker", "shows trouble with workers"),
      Example("honeydew logs --all --json | jq 'select(.job_id == \"gd55jat4pv32i\")'", "finds what concerns a job"),
    ],
    run: { invocation throws(Failure) in
      let console = invocation.console
      let arguments = invocation.arguments
      let filter = LogFilter(
        level: arguments.text(level).flatMap(Log.Level.init), component: arguments.text(component),
        since: arguments.moment(since), until: arguments.moment(until))
      let isWhole = arguments.isSet(all) || filter.since != nil
      let limit = arguments.integer(lines).map(Int.init) ?? (isWhole ? .max : 100)
      let file = try logFile(invocation)
      if let kind = (try? Files.status(file))??.kind, kind != .file {
        throw Failure(.failed, "the log \(file) is no regular file, and cannot be read again")
      }
      var files = LogFiles(path: file, filter: filter)
      for line in try files.last(limit) { try console.log(line, isJSON: invocation.isJSON) }
      guard arguments.isSet(follow) else { return .done }
      try files.follow { line throws(Failure) in
        try console.log(line, isJSON: invocation.isJSON)
      } pause: { () throws(Failure) in
        try console.flush()
      }
      return .interrupted
    })

  private static let lines = Option(
    name: "--lines", short: "-n", value: "N", kind: .integer(0...1_000_000),
    help: "The last N lines (default: 100, or all with --since)")
  private static let all = Option(name: "--all", help: "All lines that are kept")
  private static let since = Option(
    name: "--since", value: "TIME", kind: .moment(.past), help: "Lines from this moment on")
  private static let until = Option(
    name: "--until", value: "TIME", kind: .moment(.past), help: "Lines up to this moment")
  private static let follow = Option(name: "--follow", short: "-f", help: "Go on with new lines as they come")
  private static let level = Option(
    name: "--level", value: "LEVEL", kind: .choice(Log.Level.allCases.map(\.name)),
    help: "Lines of this level and above: debug, info, warn or error")
  private static let component = Option(
    name: "--component", value: "NAME", kind: .choice(LogComponent.allCases.map(\.rawValue)),
    help: "Lines about one part of the daemon: " + LogComponent.allCases.map(\.rawValue).joined(separator: ", "))

  /// As a running daemon says, which may have been told by an option or a variable; else as the configuration says.
  private static func logFile(_ invocation: Invocation) throws(Failure) -> String {
    if let status = invocation.runningStatus() { return status.logFile }
    let home = try invocation.home()
    do throws(ConfigError) {
      return try Configuration.load(home: home, variables: invocation.process.variables).settings.logging.file
    } catch {
      throw Failure(lines: error.description)
    }
  }
}
