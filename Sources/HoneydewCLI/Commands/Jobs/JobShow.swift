internal import HoneydewText
internal import HoneydewCore
internal import HoneydewMessages
internal import HoneydewRPC

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
      let job = try invocation.connect().read { $0.getJobStatus(request, completion: $1) }
      if invocation.isJSON {
        try invocation.console.json(job)
      } else {
        try invocation.console.facts(facts(job, invocation.console.times))
        try showHistory(of: job, on: invocation.console)
      }
      return .done
    })

  private static func facts(_ job: Honeydew_JobStatus, _ times: TimeText) -> [Fact] {
    var facts = [
      Fact("job", job.jobID), Fact("command", job.command), Fact("status", job.status, .of(status: job.status)),
      Fact("waits", job.hasObstacle ? ObstacleText.sentence(job.obstacle) : "", .warning),
      Fact("error", job.error, .bad),
    ]
    facts += job.isLocal ? LocalText.facts(job) : [Fact("payload", job.payload), Fact("environment", job.environment)]
    facts += [
      Fact("pool", job.pool), Fact("priority", String(job.priority)), Fact("attempts", String(job.attempts)),
      Fact("retries", "\(job.retryCount) of \(job.maxRetries)"),
    ]
    if !job.labels.isEmpty { facts.append(Fact("labels", labels(job))) }
    facts += [
      Fact("submitted by", UserName.text(of: job.submittedBy)), Fact("schedule", job.schedule),
      Fact("tick", times.full(job.scheduledAt)), Fact("key", job.idempotencyKey),
    ]
    if job.hasTimeoutMs { facts.append(Fact("timeout", DurationText.format(.milliseconds(job.timeoutMs)))) }
    facts += [
      Fact("created", times.full(job.createdAt)), Fact("started", times.full(job.startedAt)),
      Fact("completed", times.full(job.completedAt)),
      Fact("next run", times.full(job.nextRunAt)),
    ]
    if job.isLocal {
      if job.attempts > 0 { facts.append(Fact("output", "see: honeydew output \(job.jobID)")) }
    } else if job.status == "completed" {
      facts.append(Fact("result", "\(job.resultSize) bytes; see: honeydew job result \(job.jobID)"))
    }
    return facts.filter { !$0.value.isEmpty }
  }

  private static func labels(_ job: Honeydew_JobStatus) -> String {
    job.labels.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: ", ")
  }

  private static func showHistory(of job: Honeydew_JobStatus, on console: Console) throws(Failure) {
    guard !job.history.isEmpty else { return }
    var table = Table([
      Table.Column(title: "ATTEMPT", isRightAligned: true), Table.Column(title: "OUTCOME"),
      Table.Column(title: "WORKER", isRightAligned: true, isExpendable: true), Table.Column(title: "STARTED"),
      Table.Column(title: "TOOK", isRightAligned: true, isExpendable: true),
      Table.Column(title: "ERROR", comfortableWidth: 24),
    ])
    for attempt in job.history {
      table.add([
        Table.Cell(String(attempt.attempt)), Table.Cell(attempt.outcome, .of(status: attempt.outcome)),
        Table.Cell(String(attempt.worker)), Table.Cell(console.times.full(attempt.startedAt)),
        Table.Cell(time(of: attempt)),
        Table.Cell(attempt.error),
      ])
    }
    try console.say("")
    try console.table(table)
  }

  /// Nothing while it runs.
  private static func time(of attempt: Honeydew_Attempt) -> String {
    guard let start = Timestamp(attempt.startedAt), let end = Timestamp(attempt.endedAt) else { return "" }
    return HumanText.duration(end - start)
  }
}

extension Positional {
  static let jobID = Positional(name: "ID", kind: .job, help: "The job's id, or as much of its beginning as is unique")
  static let jobIDs = Positional(
    name: "ID", count: .oneOrMore, kind: .job, help: "The jobs' ids, or as much of their beginnings as is unique")
}
