internal import HoneydewCore
internal import HoneydewJSON
internal import HoneydewText

/// Prints what local commands write. A terminal gets it as `ProgramText` says; a file or a pipe gets the bytes as they are.
final class OutputPrinter {
  struct Form {
    /// The streams that are shown.
    var streams: Set<OutputRecord.Stream> = [.stdout, .stderr]
    /// Whether each goes to the stream of ours that has its name; else all go to standard output.
    var isApart = false
    /// Whether a terminal too gets the bytes as they are.
    var isRaw = false
    var showsTimes = false
    var isJSON = false
    /// RFC 3339 in UTC: what is older is not shown.
    var since: Timestamp?
  }

  /// Where a line stands open: a job's stream.
  private struct Line: Hashable {
    let job: String
    let stream: OutputRecord.Stream
  }

  private let console: Console
  private let form: Form
  /// What stands before each line, by job.
  private let prefixes: [String: String]
  private var texts: [Line: ProgramText] = [:]
  /// By our stream, whose line has begun there and not ended.
  private var open: [OutputRecord.Stream: Line] = [:]

  /// - Parameter jobs: where there are several, each line tells whose it is.
  init(_ console: Console, _ form: Form, jobs: [String] = []) {
    self.console = console
    self.form = form
    let length = UniqueBeginnings.length(of: jobs)
    prefixes =
      jobs.count < 2
      ? [:]
      : Dictionary(
        zip(jobs, jobs.indices).map { job, index in (job, console.prefix(String(job.prefix(length)), index)) },
        uniquingKeysWith: { first, _ in first })
  }

  func print(_ record: OutputRecord, attempt: Int32, of job: String) throws(Failure) {
    if let since = form.since, let time = Timestamp(record.time), time < since { return }
    guard record.stream != .note else {
      if form.isJSON { return try printJSON(record, attempt, job) }
      // Where its file begins is nothing to people.
      guard record.fileOffset == nil else { return }
      let who = prefixes.isEmpty ? "" : "\(job): "
      return console.note(who + String(decoding: record.text, as: UTF8.self))
    }
    guard form.streams.contains(record.stream) else { return }
    if form.isJSON { return try printJSON(record, attempt, job) }
    let line = Line(job: job, stream: record.stream)
    let target = form.isApart ? record.stream : .stdout
    try begin(line, on: target, at: record)
    try write(record.isWhole ? record.text + [UInt8(ascii: "\n")] : record.text, of: line, to: target)
    open[target] = record.isWhole ? nil : line
  }

  /// Says where a line begins, and ends another one's line before.
  private func begin(_ line: Line, on target: OutputRecord.Stream, at record: OutputRecord) throws(Failure) {
    guard open[target] != line else { return }
    let prefix = prefixes[line.job] ?? ""
    let time = form.showsTimes ? console.times.clock(record.time) + " " : ""
    guard !prefix.isEmpty || !time.isEmpty else { return }
    if open[target] != nil { try console.pass(Array("\n".utf8), toErrors: target == .stderr) }
    try console.pass(Array((console.faint(time) + prefix).utf8), toErrors: target == .stderr)
  }

  private func write(_ bytes: [UInt8], of line: Line, to target: OutputRecord.Stream) throws(Failure) {
    let toErrors = target == .stderr
    guard console.isTerminal(errors: toErrors), !form.isRaw else { return try console.pass(bytes, toErrors: toErrors) }
    var text = texts[line] ?? ProgramText(hasColors: console.hasColors(errors: toErrors))
    var shown = text.add(bytes)
    // A colour goes no further than its line where lines of others follow.
    if !prefixes.isEmpty, bytes.last == UInt8(ascii: "\n") { shown += text.end() }
    texts[line] = text
    try console.pass(Array(console.fitted(shown, errors: toErrors).utf8), toErrors: toErrors)
  }

  /// Ends what stands open, when nothing more comes.
  func finish() throws(Failure) {
    for (line, var text) in texts {
      let toErrors = form.isApart && line.stream == .stderr
      try console.pass(Array(console.fitted(text.end(), errors: toErrors).utf8), toErrors: toErrors)
    }
    texts = [:]
    // On a terminal what follows begins a line of its own.
    for (target, _) in open where console.isTerminal(errors: target == .stderr) && !form.isRaw {
      try console.pass(Array("\n".utf8), toErrors: target == .stderr)
    }
    open = [:]
    try console.flush()
  }

  private func printJSON(_ record: OutputRecord, _ attempt: Int32, _ job: String) throws(Failure) {
    var members = [
      JSONValue.Member("job_id", .string(job)), JSONValue.Member("attempt", .number(attempt)),
      JSONValue.Member("time", .string(record.time)), JSONValue.Member("stream", .string(record.stream.rawValue)),
      JSONValue.Member("is_whole", .bool(record.isWhole)),
    ]
    if let text = String(validating: record.text, as: UTF8.self) {
      members.append(JSONValue.Member("text", .string(text)))
    } else {
      members.append(JSONValue.Member("text_base64", .string(record.text.base64)))
    }
    try console.rawJSON(JSONValue.object(members).serialized)
  }
}
