internal import HoneydewText
internal import HoneydewCore
internal import HoneydewSystem

/// The `honeydew` command.
public enum CommandLineTool {
  /// Does what the process's command line asks for.
  /// - Returns: the process's exit status.
  public static func run() -> Int32 {
    Process.leaveCrashesToTheSystem()
    let process = ProcessEnvironment()
    let words = Process.words
    // Read ahead of the parser, whose own complaints have a form and colours too.
    let line = TypedLine(words ?? [], .honeydew)
    let console = Console(color: line.given[Option.color.name]?.last, variables: process.variables)
    do throws(Failure) {
      guard let words else {
        throw .usage("an argument is no text in UTF-8; give others in a file, or as JSON escapes (\\u00e9)")
      }
      if words.first == CompletionCall.word {
        try CompletionCall.run(Array(words.dropFirst()), console, process)
        try console.flush()
        return ExitCode.done.number
      }
      let status = try answer(words, console, process)
      try console.flush()
      return status.number
    } catch {
      // What was printed before the failure is written first.
      try? console.flush()
      if line.given.keys.contains(Option.json.name) { console.complainInJSON(error) } else { console.complain(error) }
      let answersForProgram = line.subcommand?.answersForProgram ?? false
      return (answersForProgram ? error.besideProgram : error).status.number
    }
  }

  private static func answer(
    _ words: [String], _ console: Console, _ process: ProcessEnvironment
  ) throws(Failure) -> ExitCode {
    let help = Help(table: .honeydew, lines: HelpLines(columns: console.width), heading: console.heading)
    switch try Parser(table: .honeydew).parse(words) {
    case .version:
      try console.say("honeydew \(HoneydewVersion.current)")
      return .done
    case .help(let topic):
      try console.script(help.text(for: topic) + "\n")
      return .done
    // Who types the name alone asks what there is: nothing was asked for that could fail.
    case .overview:
      try console.script(help.overview + "\n")
      return .done
    case .run(let subcommand, let arguments):
      console.advice = CommandAdvice(
        [Option.home, .socket, .instance, .trust].compactMap { option in
          arguments.text(option).map { (option.name, $0) }
        }, commands: CommandTable.honeydew.words(after: []))
      console.columns = arguments.text(.columns)?.split(separator: ",", omittingEmptySubsequences: false).map(
        String.init)
      console.isForPrograms = arguments.isSet(.json)
      console.sort = arguments.text(.sort)
      console.isQuiet = arguments.isSet(.quiet)
      if console.width != nil, !arguments.isSet(.utc) { console.times = .local(.present()) }
      return try subcommand.run(
        Invocation(subcommand: subcommand, arguments: arguments, console: console, process: process))
    }
  }
}
