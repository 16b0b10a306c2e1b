internal import HoneydewMessages
internal import HoneydewText

extension Subcommand {
  static let await = Subcommand(
    words: ["await"], summary: "Wait for jobs; of one local command show the output, and end as it does",
    positionals: [.localJobs],
    options: [.waitTimeout, .quietRun],
    details: [
      "One local command is stayed with as by run: what it has written is shown from the beginning, and the exit status is",
      "its own. Of several jobs a line is printed when one ends, and the exit status is that of the first that failed.",
    ],
    answersForProgram: true,
    examples: [
      Example("honeydew await k3v9", "shows the output to its end"),
      Example("honeydew await k3v9 m2x7 -q && echo both are done", "waits for two"),
      Example("honeydew await k3v9 --wait-timeout 5m", "gives up after five minutes, with exit status 124"),
    ],
    run: { invocation throws(Failure) in
      let ids = invocation.arguments.positionals
      let daemon = try invocation.connect()
      let limit = invocation.arguments.duration(.waitTimeout)
      if ids.count == 1, let job = try? LocalJobs.status(ids[0], daemon), job.isLocal {
        let stay = LocalStay(
          jobID: job.jobID, invocation: invocation, daemon: daemon, isQuiet: invocation.arguments.isSet(.quietRun),
          firstAttempt: job.presentAttempt, limit: limit)
        return try stay.run()
      }
      return try awaitAll(ids, daemon, JobWait(daemon, limit: limit), invocation)
    })

  private static func awaitAll(
    _ ids: [String], _ daemon: DaemonSession, _ wait: JobWait, _ invocation: Invocation
  ) throws(Failure) -> ExitCode {
    try JobEnds.tell(of: ids, wait, invocation) { job throws(Failure) in
      guard job.isLocal, job.status != "completed" else { return JobEnd.failure(of: job) }
      // What an attempt has reported is told where one job is asked for.
      return LocalEnd.failure(of: try LocalJobs.status(job.jobID, daemon))
    }
  }
}
