internal import HoneydewCore
internal import HoneydewRPC
internal import HoneydewWire

extension Subcommand {
  static let jobShow = Subcommand(
    words: ["job", "show"], summary: "Show all that is known about a job",
    positionals: [.jobID],
    examples: [
      Example("honeydew job show k3v9", "finds the job by the beginning of its id"),
      Example("honeydew job show k3v9 --json | jq -r .error_code", "prints why a job failed"),
    ],
    run: { invocation throws(Failure) in
      var request = Honeydew_GetJobStatusRequest()
      request.jobID = invocation.positional(0)
      let job = try invocation.connect().unary { $0.getJobStatus(request, completion: $1) }
      if invocation.isJSON {
        try invocation.console.json(job)
      } else {
        try invocation.console.facts(facts(job))
      }
      return .done
    })

  private static func facts(_ job: Honeydew_JobStatus) -> [Fact] {
    var facts = [
      Fact("job", job.jobID), Fact("command", job.command), Fact("status", job.status, .of(status: job.status)),
      Fact("error", job.error, .bad), Fact("payload", job.payload), Fact("environment", job.environment),
      Fact("priority", String(job.priority)), Fact("attempts", String(job.attempts)),
      Fact("retries", "\(job.retryCount) of \(job.maxRetries)"),
    ]
    if job.hasTimeoutMs { facts.append(Fact("timeout", DurationText.format(.milliseconds(job.timeoutMs)))) }
    facts += [
      Fact("created", job.createdAt), Fact("started", job.startedAt), Fact("completed", job.completedAt),
      Fact("next run", job.nextRunAt),
    ]
    if job.status == "completed" {
      facts.append(Fact("result", "\(job.resultSize) bytes; see: honeydew job result \(job.jobID)"))
    }
    return facts.filter { !$0.value.isEmpty }
  }
}

extension Positional {
  static let jobID = Positional(name: "ID", kind: .job, help: "The job's id, or as much of its beginning as is unique")
  static let jobIDs = Positional(
    name: "ID", count: .oneOrMore, kind: .job, help: "The jobs' ids, or as much of their beginnings as is unique")
}
