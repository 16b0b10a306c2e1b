internal import HoneydewCore
internal import HoneydewMessages
internal import HoneydewText

extension Subcommand {
  static let output = Subcommand(
    words: ["output"], summary: "Show what local commands have written, and go on with it",
    positionals: [.localJobs],
    options: [followLines, onlyOutput, onlyErrors, lines, since, timestamps, raw, attempt],
    details: [
      "Both streams go to standard output, in the order in which they were written. Of several jobs each line begins with",
      "its job. A terminal is shown what would move it as escapes, and colours as they are; a file gets the bytes as they",
      "are, and with --raw a terminal too. It shows the latest attempt, and of a job that waits the one to come, with -f.",
      "With --json each line is an object, or each piece of a line that is too long; text_base64 stands for what is no UTF-8.",
    ],
    examples: [
      Example("honeydew output k3v9", "shows all that is kept"),
      Example("honeydew output -f -n 20 k3v9 m2x7", "follows two of them, beginning with their last lines"),
      Example("honeydew output k3v9 --stderr --since 10m --timestamps", "shows what went wrong lately, and when"),
      Example("honeydew output k3v9 --stdout --raw > archive.tar", "gives back the exact bytes"),
      Example("honeydew output k3v9 --attempt 1", "shows an earlier run; list them with: honeydew runs k3v9"),
    ],
    run: { invocation throws(Failure) in
      let arguments = invocation.arguments
      guard !arguments.isSet(onlyOutput) || !arguments.isSet(onlyErrors) else {
        throw .usage("--stdout and --stderr exclude each other; without both you get both")
      }
      guard !arguments.isSet(raw) || !arguments.isSet(timestamps) && !invocation.isJSON else {
        throw .usage(
          "--raw gives the bytes alone; leave out \(arguments.isSet(timestamps) ? "--timestamps" : "--json")")
      }
      guard arguments.positionals.count == 1 || !arguments.isSet(attempt) && !arguments.isSet(raw) else {
        throw .usage("\(arguments.isSet(raw) ? "--raw" : "--attempt") is about one job")
      }
      return try show(invocation, form(arguments, isJSON: invocation.isJSON))
    })

  private static func form(_ arguments: ParsedArguments, isJSON: Bool) -> OutputPrinter.Form {
    var form = OutputPrinter.Form()
    if arguments.isSet(onlyOutput) { form.streams = [.stdout] }
    if arguments.isSet(onlyErrors) { form.streams = [.stderr] }
    form.isRaw = arguments.isSet(raw)
    form.showsTimes = arguments.isSet(timestamps)
    form.isJSON = isJSON
    form.since = arguments.moment(since).flatMap { Timestamp($0) }
    return form
  }

  private static func show(_ invocation: Invocation, _ form: OutputPrinter.Form) throws(Failure) -> ExitCode {
    let (arguments, console) = (invocation.arguments, invocation.console)
    let daemon = try invocation.connect()
    var ids: [String] = []
    for name in arguments.positionals {
      let id = try LocalJobs.status(name, daemon).jobID
      if !ids.contains(id) { ids.append(id) }
    }
    let printer = OutputPrinter(console, form, jobs: ids)
    let wait = JobWait(daemon, for: ids, limit: nil)
    let number = arguments.integer(attempt).map { Int32(clamping: $0) }
    var sources = ids.map { OutputFollower.Source($0, attempt: number) }
    if let count = arguments.integer(lines).map({ Int($0) }) {
      for index in sources.indices {
        let tail = OutputTail(daemon, wait, streams: form.streams.union([.note]))
        sources[index] = try tail.read(sources[index], count) { record, attempt throws(Failure) in
          try printer.print(record, attempt: attempt, of: ids[index])
        }
      }
      guard arguments.isSet(followLines) else {
        try printer.finish()
        return .done
      }
    }
    let follower = OutputFollower(daemon, wait, sources)
    do throws(Failure) {
      try follower.run(
        follows: arguments.isSet(followLines), onPause: { () throws(Failure) in try console.flush() }
      ) { index, record throws(Failure) in
        try printer.print(record, attempt: follower.sources[index].attempt ?? 0, of: ids[index])
      }
    } catch {
      try printer.finish()
      // Who follows has no other way to end it.
      guard error.status == .interrupted, arguments.isSet(followLines) else { throw error }
      return .interrupted
    }
    try printer.finish()
    return .done
  }

  private static let followLines = Option(
    name: "--follow", short: "-f", help: "Go on with what comes, until the attempts have ended")
  private static let onlyOutput = Option(name: "--stdout", help: "Only what was written to standard output")
  private static let onlyErrors = Option(name: "--stderr", help: "Only what was written to standard error")
  private static let lines = Option(
    name: "--lines", short: "-n", value: "N", kind: .integer(0...1_000_000), help: "Only the last N lines of each job")
  private static let since = Option(
    name: "--since", value: "TIME", kind: .moment(.past), help: "Only what was written at this moment or later")
  private static let timestamps = Option(
    name: "--timestamps", short: "-t", help: "Say before each line when it was written")
  private static let raw = Option(name: "--raw", help: "The exact bytes, on a terminal too")
  private static let attempt = Option(
    name: "--attempt", value: "N", kind: .integer(1...Int64(Int32.max)),
    help: "The output of this attempt (default: the latest)")
}
