internal import HoneydewCore
internal import HoneydewMessages
internal import HoneydewRPC
internal import HoneydewSystem

extension DaemonSession {
  /// Waits for the ends of jobs and hands them on in the order in which they happen.
  /// - Parameter limit: how long to wait at most.
  func waitForJobs(
    _ ids: [String], limit: Duration?, onEnd: (Honeydew_JobStatus) throws(Failure) -> Void
  ) throws(Failure) {
    let advice =
      ids.count == 1
      ? "the job goes on, look at it with: honeydew job show \(ids[0])"
      : "the jobs go on, look at them with: honeydew job list"
    let patience = Patience(
      deadline: limit.map { Clock.monotonic() + $0 },
      spinner: ids.count == 1 ? "waiting for job \(ids[0])" : "waiting for \(ids.count) jobs",
      overdue: Failure(.timedOut, "gave up waiting after \(DurationText.format(limit ?? .zero)); \(advice)"),
      advice: advice)
    var request = Honeydew_WaitJobsRequest()
    request.jobIds = ids
    try stream(patience, { $0.waitJobs(request, onMessage: $1, onEnd: $2) }, onReply: onEnd)
  }

  /// Reads a result of any size.
  func readResult(of jobID: String) throws(Failure) -> [UInt8] {
    var result: [UInt8] = []
    try readResult(of: jobID) { (chunk) throws(Failure) in result += chunk }
    return result
  }

  /// Hands a result of any size on as it comes.
  func readResult(of jobID: String, onChunk: ([UInt8]) throws(Failure) -> Void) throws(Failure) {
    let advice = "ask again with: honeydew job result \(jobID)"
    let patience = Patience(
      deadline: nil, spinner: "reading the result of job \(jobID)",
      overdue: Failure(.unreachable, "the daemon stopped sending the result of job \(jobID); \(advice)"), advice: advice
    )
    var request = Honeydew_ReadJobResultRequest()
    request.jobID = jobID
    try stream(patience, { $0.readJobResult(request, onMessage: $1, onEnd: $2) }) { (reply) throws(Failure) in
      try onChunk(reply.chunk)
    }
  }
}
