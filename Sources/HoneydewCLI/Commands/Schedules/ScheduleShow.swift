internal import HoneydewText
internal import HoneydewMessages
internal import HoneydewRPC

extension Subcommand {
  static let scheduleShow = Subcommand(
    words: ["schedule", "show"], summary: "Show a schedule, what it skipped, and its latest jobs",
    positionals: [.scheduleName],
    examples: [
      Example("honeydew schedule show nightly", "shows all that is known about it"),
      Example("honeydew schedule show nightly --json | jq -r .next_run_at", "prints when it runs next"),
      Example("honeydew job list --schedule nightly", "lists all the jobs that it has made"),
    ],
    run: { invocation throws(Failure) in
      var request = Honeydew_GetScheduleRequest()
      request.name = invocation.positional(0)
      let schedule = try invocation.connect().read { $0.getSchedule(request, completion: $1) }
      if invocation.isJSON {
        try invocation.console.json(schedule)
      } else {
        try invocation.console.facts(ScheduleText.facts(schedule, invocation.console.times))
        try showJobs(of: schedule, on: invocation.console)
      }
      return .done
    })

  private static func showJobs(of schedule: Honeydew_Schedule, on console: Console) throws(Failure) {
    guard !schedule.jobs.isEmpty else { return }
    var table = Table([
      Table.Column(title: "JOB"), Table.Column(title: "TICK"), Table.Column(title: "STATUS"),
      Table.Column(title: "COMPLETED", isExpendable: true), Table.Column(title: "ERROR", comfortableWidth: 24),
    ])
    for job in schedule.jobs {
      table.add([
        Table.Cell(job.jobID),
        Table.Cell(job.scheduledAt.isEmpty ? "triggered" : console.times.brief(job.scheduledAt)),
        Table.Cell(job.status, .of(status: job.status)), Table.Cell(console.times.brief(job.completedAt)),
        Table.Cell(job.error),
      ])
    }
    try console.say("")
    try console.table(table)
  }
}
