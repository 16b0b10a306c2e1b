internal import HoneydewWire

/// What is printed about a job that was submitted or waited for.
enum JobAnswer {
  /// The id alone, for a caller that does not wait.
  static func submitted(_ jobID: String, _ invocation: Invocation) throws(Failure) -> ExitStatus {
    if invocation.isJSON {
      try invocation.console.json(Honeydew_SubmitJobResponse.with { $0.jobID = jobID })
    } else {
      try invocation.console.say(jobID)
    }
    return .done
  }

  /// Waits for the job's end and prints its result.
  static func result(of jobID: String, _ daemon: Daemon, _ invocation: Invocation) throws(Failure) -> ExitStatus {
    var end: Honeydew_JobStatus?
    try daemon.waitForJobs([jobID], limit: invocation.arguments.duration(.waitTimeout)) { end = $0 }
    guard let end else {
      throw Failure(.failed, "the daemon ended the wait without the job's end; see: honeydew job show \(jobID)")
    }
    return try printResult(of: end, daemon, invocation)
  }

  /// Prints the result of a job that has ended.
  static func printResult(
    of job: Honeydew_JobStatus, _ daemon: Daemon, _ invocation: Invocation
  ) throws(Failure) -> ExitStatus {
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
