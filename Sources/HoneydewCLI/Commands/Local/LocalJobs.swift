internal import HoneydewClient
internal import HoneydewMessages
internal import HoneydewProtobuf
internal import HoneydewRPC
internal import HoneydewSystem
internal import HoneydewText

/// What is done to the jobs of local commands.
enum LocalJobs {
  static func status(_ id: String, _ daemon: DaemonSession) throws(Failure) -> Honeydew_JobStatus {
    try daemon.read { $0.getJobStatus(.with { $0.jobID = id }, completion: $1) }
  }

  /// Runs one that has ended again, under its id.
  static func start(_ id: String, _ daemon: DaemonSession) throws(Failure) {
    _ = try daemon.unary { $0.retryJob(.with { $0.jobIds = [id] }, completion: $1) }
  }

  /// Ends one that waits or runs.
  ///
  /// - Returns: whether it had not ended already.
  static func stop(_ job: Honeydew_JobStatus, _ daemon: DaemonSession) throws(Failure) -> Bool {
    guard !job.hasEnded else { return false }
    do throws(Failure) {
      _ = try daemon.unary { $0.cancelJob(.with { $0.jobID = job.jobID }, completion: $1) }
      return true
    } catch {
      // It may have ended by itself meanwhile.
      if try status(job.jobID, daemon).hasEnded { return false }
      throw error
    }
  }

  private static let pauses = Duration.milliseconds(20)...Duration.milliseconds(500)

  /// Waits until no process of an ended job is left.
  static func waitForItsProcesses(of id: String, _ daemon: DaemonSession) throws(Failure) -> Honeydew_JobStatus {
    let interrupts = try daemon.catchInterrupts()
    defer { withExtendedLifetime(interrupts) {} }
    let spinner =
      daemon.console.hasSpinner
      ? Spinner("waiting for the processes of job \(id) to end", on: daemon.console, daemon.connection.loop) : nil
    defer { spinner?.stop() }
    var pause = pauses.lowerBound
    do throws(Failure) {
      while true {
        let job = try status(id, daemon)
        guard job.isEnding else { return job }
        try daemon.sleep(until: Clock.monotonic() + pause)
        pause = min(pause * 2, pauses.upperBound)
      }
    } catch  where error.status == .interrupted {
      throw Failure(
        .interrupted, "interrupted; its processes are being ended, see: honeydew job show \(id)", isOutcomeKnown: false)
    }
  }
}
