internal import HoneydewMessages
internal import HoneydewRPC
internal import HoneydewSystem
internal import HoneydewText

/// Staying with one local command until it ends, and answering as it does.
struct LocalStay {
  let jobID: String
  let invocation: Invocation
  let daemon: DaemonSession
  /// Whether its output is shown only when it fails.
  let isQuiet: Bool
  /// The one whose output is shown first; it may be still to come.
  let firstAttempt: Int32
  /// How long to stay at most.
  var limit: Duration?

  /// Between two looks at a job that waits for its next attempt.
  private static let pause = Duration.milliseconds(200)
  /// How long Ctrl-C waits for a second one.
  private static let secondThought = Duration.seconds(2)

  private var showsOutput: Bool { !isQuiet && !invocation.isJSON }

  /// Shows its output, and answers its status.
  func run() throws(Failure) -> ExitCode {
    // Held until the end, so that no Ctrl-C between two waits ends this process.
    let interrupts = try daemon.catchInterrupts()
    defer { withExtendedLifetime(interrupts) {} }
    do throws(Failure) {
      return try answer(for: showsOutput ? follow() : waitForEnd())
    } catch  where error.status == .interrupted {
      return try detach()
    }
  }

  private func answer(for job: Honeydew_JobStatus) throws(Failure) -> ExitCode {
    let console = invocation.console
    if invocation.isJSON {
      try console.json(job)
      return LocalEnd.status(of: job)
    }
    guard let failure = LocalEnd.failure(of: job) else { return .done }
    if isQuiet { try LocalOutput.show(of: job.jobID, attempt: nil, daemon, console) }
    try console.flush()
    console.complain(failure)
    return failure.status
  }

  private func waitForEnd() throws(Failure) -> Honeydew_JobStatus {
    let wait = JobWait(daemon, limit: limit)
    try wait.run(for: [jobID]) { _ in }
    return try wait.outlasting { () throws(Failure) in try LocalJobs.status(jobID, daemon) }
  }

  /// Goes on over the attempts of a job that is retried.
  private func follow() throws(Failure) -> Honeydew_JobStatus {
    let wait = JobWait(daemon, for: [jobID], limit: limit)
    let printer = OutputPrinter(invocation.console, OutputPrinter.Form(isApart: true))
    var source = OutputFollower.Source(jobID, attempt: firstAttempt)
    do throws(Failure) {
      while true {
        source = try follow(source, wait, printer)
        let job = try wait.outlasting { () throws(Failure) in try LocalJobs.status(jobID, daemon) }
        let attempt = source.attempt ?? 0
        if attempt < job.attempts || job.status == "pending" {
          source = OutputFollower.Source(jobID, attempt: attempt + 1)
        } else if job.hasEnded {
          try printer.finish()
          return job
        } else {
          try daemon.sleep(until: Clock.monotonic() + Self.pause)
        }
      }
    } catch {
      try printer.finish()
      throw error
    }
  }

  /// Shows one attempt to its end.
  private func follow(
    _ source: OutputFollower.Source, _ wait: JobWait, _ printer: OutputPrinter
  ) throws(Failure) -> OutputFollower.Source {
    let follower = OutputFollower(daemon, wait, [source])
    do throws(Failure) {
      try follower.run(follows: true, onPause: { () throws(Failure) in try invocation.console.flush() }) {
        _, record throws(Failure) in
        try printer.print(record, attempt: source.attempt ?? 0, of: jobID)
      }
    } catch  where error.field == "attempt" {
      // It was waited for, and does not come any more.
    }
    return follower.sources[0]
  }

  /// Leaves the command running after Ctrl-C, or ends it after a second one.
  private func detach() throws(Failure) -> ExitCode {
    let console = invocation.console
    let failure = Failure(
      .interrupted, "interrupted; the command goes on as job \(jobID): come back with: honeydew await \(jobID)",
      isOutcomeKnown: false)
    // The connection's waits are over for good.
    guard let again = try? invocation.connect() else { throw failure }
    console.note("The command goes on as job \(jobID); Ctrl-C again within 2 seconds stops it.")
    console.note("Come back with: honeydew await \(jobID)")
    do throws(Failure) {
      try again.sleep(until: Clock.monotonic() + Self.secondThought)
    } catch  where error.status == .interrupted {
      try stop()
      if invocation.isJSON { throw Failure(.interrupted, "interrupted; job \(jobID) is stopped") }
      return .interrupted
    }
    if invocation.isJSON { throw failure }
    return .interrupted
  }

  private func stop() throws(Failure) {
    let daemon = try invocation.connect()
    guard try LocalJobs.stop(LocalJobs.status(jobID, daemon), daemon) else { return }
    _ = try LocalJobs.waitForItsProcesses(of: jobID, daemon)
    invocation.console.note("Stopped \(jobID).")
  }
}
