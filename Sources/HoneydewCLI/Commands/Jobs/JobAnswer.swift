internal import HoneydewText
internal import HoneydewMessages
internal import HoneydewProtobuf
internal import HoneydewRPC

/// What is printed about a job that was submitted or waited for.
enum JobAnswer {
  /// The id alone, for a caller that does not wait.
  static func submitted(_ jobID: String, _ invocation: Invocation) throws(Failure) -> ExitCode {
    if invocation.isJSON {
      try invocation.console.json(Honeydew_SubmitJobResponse.with { $0.jobID = jobID })
    } else {
      try invocation.console.say(jobID)
    }
    return .done
  }

  /// Waits for the job's end and prints its result. On a terminal a job that lacks a login is tried again after one.
  static func result(of jobID: String, _ daemon: DaemonSession, _ invocation: Invocation) throws(Failure) -> ExitCode {
    let wait = JobWait(daemon, limit: invocation.arguments.duration(.waitTimeout))
    var job = try end(of: jobID, wait)
    if try LoginDialogue.offer(for: job, daemon, invocation) {
      _ = try daemon.unary { $0.retryJob(.with { $0.jobIds = [jobID] }, completion: $1) }
      job = try end(of: jobID, JobWait(daemon, limit: invocation.arguments.duration(.waitTimeout)))
    }
    let ended = job
    return try wait.outlasting { () throws(Failure) in try printResult(of: ended, daemon, invocation) }
  }

  private static func end(of jobID: String, _ wait: JobWait) throws(Failure) -> Honeydew_JobStatus {
    var end: Honeydew_JobStatus?
    try wait.run(for: [jobID]) { end = $0 }
    guard let end else {
      throw Failure(.failed, "the daemon ended the wait without the job's end; see: honeydew job show \(jobID)")
    }
    return end
  }

  /// Prints the result of a job that has ended.
  static func printResult(
    of job: Honeydew_JobStatus, _ daemon: DaemonSession, _ invocation: Invocation
  ) throws(Failure) -> ExitCode {
    if let failure = JobEnd.failure(of: job) { throw failure }
    let result = job.resultSpooled ? try daemon.readResult(of: job.jobID) : Array(job.result.utf8)
    if invocation.isJSON {
      try invocation.console.rawJSON(result)
    } else {
      try invocation.console.result(result, command: job.command)
    }
    return .done
  }
}
