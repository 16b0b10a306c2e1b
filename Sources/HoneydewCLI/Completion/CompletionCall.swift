internal import HoneydewCore
internal import HoneydewMessages
internal import HoneydewProtobuf
internal import HoneydewRPC
internal import HoneydewText

/// The call with which the scripts of the shells ask: `honeydew __complete SHELL WORD...`. It prints a candidate a line, and
/// behind a tab what it means; or `<file>` where a file's name belongs. It never complains, and it prints nothing that a
/// shell or a terminal could take for more than a word.
enum CompletionCall {
  static let word = "__complete"

  /// - Parameter words: behind `__complete`.
  static func run(_ words: [String], _ console: Console, _ process: ProcessEnvironment) throws(Failure) {
    let typed = Array(words.dropFirst())
    // Bash alone passes words as they were typed.
    let plain = words.first == "bash" ? BashWords.plain(typed, home: process.homeDirectory) : typed
    switch Completion(table: .honeydew).answer(plain) {
    case .words(let candidates):
      for candidate in candidates {
        try console.script(candidate.word + (candidate.meaning.isEmpty ? "" : "\t\(candidate.meaning)") + "\n")
      }
    case .files: try console.script("<file>\n")
    case .names(let kind, let before, let given):
      let line = TypedLine(plain.dropLast(), .honeydew)
      guard let names = try? names(kind, of: line, console, process) else { return }
      for name in names where isHarmless(name) && !given.contains(name) && (before + name).hasPrefix(plain.last ?? "") {
        try console.script(before + name + "\n")
      }
    }
  }

  /// Asks the daemon that the line names, which has a second for its answer.
  private static func names(
    _ kind: Completion.Names, of line: TypedLine, _ console: Console, _ process: ProcessEnvironment
  ) throws(Failure) -> [String] {
    var arguments = ParsedArguments()
    for option in [Option.socket, .home, .instance, .trust] {
      if let value = line.given[option.name]?.last { arguments.set(option, value) }
    }
    arguments.set(.callTimeout, "1s")
    let invocation = Invocation(subcommand: .ping, arguments: arguments, console: console, process: process)
    if kind == .instances { return try Instances(invocation).names() }
    let daemon = try invocation.connect()
    switch kind {
    case .instances: return []
    case .environments:
      return try daemon.read { $0.listEnvironments(Honeydew_ListEnvironmentsRequest(), completion: $1) }
        .environments.map(\.name)
    case .jobs:
      return try daemon.read { $0.listJobs(.with { $0.limit = 50 }, completion: $1) }.jobs.map(\.jobID)
    case .localJobs:
      return try daemon.read {
        $0.listJobs(.with { ($0.command, $0.limit) = (LocalPayload.command, 50) }, completion: $1)
      }
      .jobs.map(\.jobID)
    case .pools:
      return try daemon.read { $0.listPools(Honeydew_ListPoolsRequest(), completion: $1) }.pools.map(\.name)
    case .schedules:
      return try daemon.read { $0.listSchedules(Honeydew_ListSchedulesRequest(), completion: $1) }.schedules.map(\.name)
    case .workers:
      return try daemon.read { $0.listWorkers(Honeydew_ListWorkersRequest(), completion: $1) }
        .workers.map(WorkerText.name(of:))
    }
  }

  /// Whether a shell cannot take it for more than a word: names come from others.
  private static func isHarmless(_ name: String) -> Bool {
    !name.isEmpty && !name.hasPrefix("-")
      && name.utf8.allSatisfy { byte in
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
          UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "/"),
          UInt8(ascii: "_"), UInt8(ascii: "@"), UInt8(ascii: ":"):
          true
        default: false
        }
      }
  }
}
