internal import HoneydewMessages
internal import HoneydewRPC

extension DaemonSession {
  /// The jobs of a list, page by page.
  ///
  /// - Parameters:
  ///   - limit: how many at most.
  ///   - deadline: when the caller gives up (monotonic time); nil is never.
  /// - Returns: the jobs, and whether there are more of them.
  func jobs(
    _ list: Honeydew_ListJobsRequest, limit: Int, by deadline: Duration? = nil
  ) throws(Failure) -> (jobs: [Honeydew_JobStatus], hasMore: Bool) {
    var request = list
    var jobs: [Honeydew_JobStatus] = []
    repeat {
      // The most that the daemon puts on one page.
      request.limit = Int32(min(limit - jobs.count, 1000))
      let page = try read(by: deadline) { $0.listJobs(request, completion: $1) }
      jobs += page.jobs
      request.cursor = page.nextCursor
    } while jobs.count < limit && !request.cursor.isEmpty
    return (jobs, !request.cursor.isEmpty)
  }

  /// All schedules, by name.
  func schedules() throws(Failure) -> [Honeydew_Schedule] {
    var schedules: [Honeydew_Schedule] = []
    var request = Honeydew_ListSchedulesRequest()
    repeat {
      let page = try read { $0.listSchedules(request, completion: $1) }
      schedules += page.schedules
      request.cursor = page.nextCursor
    } while !request.cursor.isEmpty
    return schedules
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
