internal import HoneydewText
internal import HoneydewMessages
internal import HoneydewRPC

extension Option {
  static let limit = Option(
    name: "--limit", short: "-n", value: "N", kind: .integer(1...1_000_000), help: "How many jobs at most (default 50)")
  static let order = Option(
    name: "--order", value: "ORDER", kind: .choice(["created", "ended"]),
    help: "The newest submission first (created, the default), or the latest end first (ended)")
}

extension Subcommand {
  static let jobList = Subcommand(
    words: ["job", "list"], summary: "List the jobs, newest first",
    options: JobSelection.options + [.order, .limit, .columns, .sort, .quiet],
    columns: jobColumns(withEnds: false),
    examples: [
      Example(
        "honeydew job list --status failed --order ended --limit 20", "lists the last failures with their reasons"),
      Example(
        "honeydew job list --status failed --ended-from 2026-01-31T12:00:00Z", "lists what has failed since then"),
      Example(
        "honeydew job list --label team=web --created-from 2026-01-31T12:00:00Z", "lists the jobs of a team since then"),
      Example("honeydew job list --status pending --json | jq -r '.[].job_id'", "prints the ids of waiting jobs"),
    ],
    run: { invocation throws(Failure) in
      let isByEnd = invocation.arguments.text(.order) == "ended"
      let (jobs, hasMore) = try fetch(invocation.connect(), invocation.arguments)
      if invocation.isJSON {
        try invocation.console.json(jobs)
      } else {
        try show(jobs, withEnds: isByEnd, on: invocation.console)
      }
      if jobs.isEmpty, !invocation.isJSON { try JobSelection.sayNothing(invocation) }
      if hasMore, !invocation.isJSON { invocation.console.note("There are more jobs; --limit N shows more of them.") }
      return .done
    })

  private static func fetch(
    _ daemon: DaemonSession, _ arguments: ParsedArguments
  ) throws(Failure) -> (jobs: [Honeydew_JobStatus], hasMore: Bool) {
    var request = Honeydew_ListJobsRequest(matching: try JobSelection(arguments).message)
    request.order = arguments.text(.order) ?? ""
    return try daemon.jobs(request, limit: Int(arguments.integer(.limit) ?? 50))
  }

  /// - Parameter withEnds: shows when the jobs ended, and else when they were submitted.
  private static func show(
    _ jobs: [Honeydew_JobStatus], withEnds: Bool, on console: Console
  ) throws(Failure) {
    var table = Table(jobColumns(withEnds: withEnds))
    for job in jobs {
      table.add([
        Table.Cell(job.jobID), Table.Cell(job.command), Table.Cell(job.status, .of(status: job.status)),
        Table.Cell(String(job.priority)), Table.Cell(String(job.attempts)), Table.Cell(job.environment),
        Table.Cell(UserName.text(of: job.submittedBy)),
        console.times.cell(withEnds ? job.completedAt : job.createdAt),
        Table.Cell(job.error),
      ])
    }
    try console.table(table)
  }

  private static func jobColumns(withEnds: Bool) -> [Table.Column] {
    [
      Table.Column(title: "JOB"), Table.Column(title: "COMMAND", comfortableWidth: 12), Table.Column(title: "STATUS"),
      Table.Column(title: "PRIORITY", isRightAligned: true, isExpendable: true),
      Table.Column(title: "ATTEMPTS", isRightAligned: true, isExpendable: true),
      Table.Column(title: "ENVIRONMENT", comfortableWidth: 12, isExpendable: true),
      Table.Column(title: "BY", comfortableWidth: 8, isExpendable: true),
      Table.Column(title: withEnds ? "ENDED" : "CREATED"),
      Table.Column(title: "ERROR", comfortableWidth: 24),
    ]
  }
}
