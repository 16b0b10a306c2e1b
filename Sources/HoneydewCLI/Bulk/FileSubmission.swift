internal import HoneydewText
internal import HoneydewCore
internal import HoneydewMessages
internal import HoneydewProtobuf
internal import HoneydewRPC
internal import HoneydewSystem

/// Submits the jobs of a file line by line, in calls that are all or nothing each.
///
/// A file is read twice: nothing is submitted while a line of it is wrong. What comes through a pipe is submitted as it
/// comes: a call takes what is there, and waits only a moment for more.
struct FileSubmission {
  private static let pause = Duration.milliseconds(200)

  private let reader: LineReader
  private let parser: JobLine
  private let invocation: Invocation
  private var progress: ProgressBar
  /// The job that had no room in the last chunk, and its line.
  private var surplus: (job: Honeydew_SubmitJobRequest, line: Int)?
  private var storedCount = 0
  /// The last line that is stored, with all lines before it.
  private var storedLine = 0
  /// Those that are not printed as they come.
  private var jobIDs: [String] = []
  private let isWaiting: Bool

  init(_ name: String, _ invocation: Invocation) throws(Failure) {
    reader = try LineReader(name)
    parser = JobLine(defaults: try JobRequest.settings(invocation))
    self.invocation = invocation
    isWaiting = invocation.arguments.isSet(.wait)
    progress = ProgressBar(on: invocation.console)
  }

  mutating func run() throws(Failure) -> ExitCode {
    defer { progress.clear() }
    let daemon = try invocation.connect()
    if reader.size != nil { try check(daemon) }
    var failure: Failure?
    do throws(Failure) {
      try submit(to: daemon)
    } catch {
      failure = error
    }
    progress.clear()
    if isWaiting, failure == nil {
      invocation.console.note("Submitted \(HumanText.count(storedCount, "job")).")
      let wait = JobWait(daemon, limit: invocation.arguments.duration(.waitTimeout))
      return try JobEnds.tell(of: jobIDs, wait, invocation)
    }
    if isWaiting, !invocation.isJSON { for id in jobIDs { try invocation.console.say(id) } }
    if invocation.isJSON {
      try invocation.console.json(Honeydew_SubmitJobsResponse.with { $0.jobIds = jobIDs })
      try invocation.console.flush()
    }
    if let failure { throw failure }
    invocation.console.note("Submitted \(HumanText.count(storedCount, "job")).")
    return .done
  }

  /// Reads all lines, and goes back to the first one.
  private mutating func check(_ daemon: DaemonSession) throws(Failure) {
    do throws(Failure) {
      while try nextJob(daemon) != nil { showProgress("checked", reader.lineNumber, "line") }
    } catch {
      throw error.saying("\(error.text); nothing was submitted")
    }
    reader.rewind()
  }

  private mutating func submit(to daemon: DaemonSession) throws(Failure) {
    var interrupts: Interrupts? = try daemon.catchInterrupts()
    while true {
      let chunk = try nextChunk(daemon)
      guard !chunk.jobs.isEmpty else { return }
      let reply = try send(chunk, to: daemon)
      storedCount += reply.jobIds.count
      storedLine = chunk.lines.last ?? storedLine
      // Ctrl-C ends a command whose output nobody takes. What is only kept must not be lost by it.
      if !invocation.isJSON, !isWaiting { interrupts = nil }
      do throws(Failure) {
        try show(reply.jobIds)
      } catch {
        throw error.saying("\(error.text); \(account(doubtful: nil))")
      }
      if interrupts == nil { interrupts = try daemon.catchInterrupts() }
    }
  }

  /// No jobs after the last line.
  private mutating func nextChunk(_ daemon: DaemonSession) throws(Failure) -> JobChunk {
    var chunk = JobChunk()
    if let first = surplus { _ = chunk.add(first.job, line: first.line) }
    surplus = nil
    do throws(Failure) {
      while try hasLine(within: chunk.jobs.isEmpty ? nil : FileSubmission.pause, daemon),
        let job = try nextJob(daemon)
      {
        guard chunk.add(job, line: reader.lineNumber) else {
          surplus = (job, reader.lineNumber)
          break
        }
      }
    } catch {
      throw error.saying("\(error.text); \(account(doubtful: nil))")
    }
    return chunk
  }

  private func nextJob(_ daemon: DaemonSession) throws(Failure) -> Honeydew_SubmitJobRequest? {
    while try hasLine(within: nil, daemon), let line = try reader.nextLine() {
      do {
        if let job = try parser.job(line) { return job }
      } catch {
        throw .usage("line \(reader.lineNumber): \(error.text)")
      }
    }
    return nil
  }

  /// Whether the next line, or the end, comes within this time; nil waits for it, until Ctrl-C.
  private func hasLine(within limit: Duration?, _ daemon: DaemonSession) throws(Failure) -> Bool {
    let deadline = limit.map { Clock.monotonic() + $0 }
    while !reader.hasLine {
      guard try daemon.waitForInput(reader.fileNumber, until: deadline) else { return false }
      try reader.fill()
    }
    return true
  }

  private func send(_ chunk: JobChunk, to daemon: DaemonSession) throws(Failure) -> Honeydew_SubmitJobsResponse {
    let request = Honeydew_SubmitJobsRequest.with { $0.jobs = chunk.jobs }
    do throws(Failure) {
      return try daemon.unary(advice: nil) { $0.submitJobs(request, completion: $1) }
    } catch {
      let account = account(doubtful: error.isOutcomeKnown ? nil : chunk)
      throw error.saying("\(chunk.aboutLines(error.text)); \(account)")
    }
  }

  /// What has become of the lines, and how to go on.
  /// - Parameter doubtful: the chunk of which it is not known.
  private func account(doubtful: JobChunk?) -> String {
    let next = storedLine + 1
    let doubt = doubtful.map { "whether lines \(next) to \($0.lines.last ?? next) were submitted is not known" }
    guard storedCount > 0 else {
      return doubt.map { "\($0): repeat the command where each line has an idempotency_key" } ?? "nothing was submitted"
    }
    let stored = "\(HumanText.count(storedCount, "job")) of lines 1 to \(storedLine) were submitted"
    let condition = doubt == nil ? "" : ", where each line has an idempotency_key"
    let file = reader.name == "-" ? "FILE" : ShellWord.word(reader.name)
    let advice =
      "go on from line \(next) with the same options\(condition): tail -n +\(next) \(file) | honeydew submit --from -"
    return [stored, doubt, advice].compactMap { $0 }.joined(separator: "; ")
  }

  // MARK: Output

  private mutating func show(_ ids: [String]) throws(Failure) {
    if invocation.isJSON || isWaiting {
      jobIDs += ids
    } else {
      if invocation.console.width != nil { progress.clear() }
      for id in ids { try invocation.console.say(id) }
      try invocation.console.flush()
    }
    showProgress("submitted", storedCount, "job")
  }

  private mutating func showProgress(_ verb: String, _ count: Int, _ noun: String) {
    guard progress.isDue else { return }
    let share = reader.size.map { $0 == 0 ? 1 : Double(reader.position) / Double($0) }
    progress.draw("\(verb) \(HumanText.count(count, noun))", share: share)
  }
}
