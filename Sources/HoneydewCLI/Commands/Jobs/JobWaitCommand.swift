internal import HoneydewText
internal import HoneydewMessages

extension Subcommand {
  static let jobWait = Subcommand(
    words: ["job", "wait"], summary: "Wait until jobs have ended",
    positionals: [.anyJobIDs],
    options: JobSelection.options + [.waitTimeout, .quiet],
    details: [
      "Options describe jobs instead of ids: all that match now are waited for, also those that have ended.",
      "The exit status is 0 when all of them completed; otherwise it tells how the first other one ended.",
      "A daemon that is restarted meanwhile is waited for too.",
    ],
    examples: [
      Example("honeydew job wait k3v9 m2x7", "prints a line for each job when it ends"),
      Example("honeydew job wait k3v9 --wait-timeout 5m", "gives up waiting after five minutes, with exit status 124"),
      Example("honeydew job wait --label batch=7", "waits for all jobs of a batch"),
    ],
    run: { invocation throws(Failure) in
      let selection = try JobSelection.insteadOfIDs(invocation)
      let daemon = try invocation.connect()
      let wait = JobWait(daemon, limit: invocation.arguments.duration(.waitTimeout))
      guard let selection else { return try JobEnds.tell(of: invocation.arguments.positionals, wait, invocation) }
      let list = Honeydew_ListJobsRequest(matching: selection.message)
      let (jobs, hasMore) = try wait.outlasting { () throws(Failure) in
        try daemon.jobs(list, limit: limit, by: wait.deadline)
      }
      guard !hasMore else {
        throw .usage("more than \(limit) jobs match; describe fewer of them")
      }
      if jobs.isEmpty, !invocation.isJSON { try JobSelection.sayNothing(invocation) }
      return try JobEnds.tell(of: jobs.map(\.jobID), wait, invocation)
    })

  /// Of the jobs that a filter may mean.
  private static let limit = 100_000
}

/// Waiting for many jobs.
enum JobEnds {
  /// Says of each job how it has ended.
  ///
  /// - Parameter failed: what the end of a job means; nil for one that completed.
  /// - Returns: done when all of them completed; otherwise how the first other one ended is thrown.
  static func tell(
    of ids: [String], _ wait: JobWait, _ invocation: Invocation,
    failed: (Honeydew_JobStatus) throws(Failure) -> Failure? = { job throws(Failure) in JobEnd.failure(of: job) }
  ) throws(Failure) -> ExitCode {
    var ended: [Honeydew_JobStatus] = []
    var failure: Failure?
    do throws(Failure) {
      try wait.run(for: ids) { job throws(Failure) in
        if failure == nil { failure = try failed(job) }
        if invocation.isJSON { ended.append(job) } else { try show(job, on: invocation.console) }
      }
    } catch {
      failure = error
    }
    if invocation.isJSON { try invocation.console.json(ended) }
    if let failure { throw failure }
    return .done
  }

  private static func show(_ job: Honeydew_JobStatus, on console: Console) throws(Failure) {
    try console.say([
      (job.jobID, .plain), (job.status, .of(status: job.status)), (job.command, .plain), (job.error, .plain),
    ])
    try console.flush()
  }
}
