internal import HoneydewText
internal import HoneydewCore
internal import HoneydewMessages

extension Subcommand {
  static let jobWait = Subcommand(
    words: ["job", "wait"], summary: "Wait until jobs have ended",
    positionals: [.jobIDs],
    options: [.waitTimeout],
    details: [
      "The exit status is 0 when all of them completed; otherwise it tells how the first other one ended."
    ],
    examples: [
      Example("honeydew job wait k3v9 m2x7", "prints a line for each job when it ends"),
      Example("honeydew job wait k3v9 --wait-timeout 5m", "gives up waiting after five minutes, with exit status 124"),
    ],
    run: { invocation throws(Failure) in
      var ended: [Honeydew_JobStatus] = []
      var failure: Failure?
      do throws(Failure) {
        try invocation.connect().waitForJobs(
          invocation.arguments.positionals, limit: invocation.arguments.duration(.waitTimeout)
        ) { job throws(Failure) in
          ended.append(job)
          failure = failure ?? JobEnd.failure(of: job)
          if !invocation.isJSON { try show(job, on: invocation.console) }
        }
      } catch {
        failure = error
      }
      if invocation.isJSON { try invocation.console.json(ended) }
      if let failure { throw failure }
      return .done
    })

  private static func show(_ job: Honeydew_JobStatus, on console: Console) throws(Failure) {
    try console.say([
      (job.jobID, .plain), (job.status, .of(status: job.status)), (job.command, .plain), (job.error, .plain),
    ])
    try console.flush()
  }
}
