internal import HoneydewCore
internal import HoneydewMessages
internal import HoneydewRPC
internal import HoneydewSystem
internal import HoneydewText

extension Subcommand {
  static let localList = Subcommand(
    words: ["list"], summary: "List the local commands of a directory, newest first",
    options: Workdir.options + [.runningOnly, .limit, .columns, .sort, .quiet],
    details: [
      "TOOK is how long the last attempt took, or has been running, and then what part of the usual duration that is: the",
      "mean of those that completed, from the third on.",
    ],
    columns: columns,
    examples: [
      Example("honeydew list", "lists those of the present directory"),
      Example("honeydew list --all --running", "lists what runs, wherever it is"),
      Example("honeydew list --workdir /srv/app --json | jq -r '.[].job_id'", "prints ids of another directory"),
    ],
    run: { invocation throws(Failure) in
      let arguments = invocation.arguments
      let filter = try Workdir.filter(arguments)
      var request = Honeydew_ListJobsRequest(matching: filter)
      request.status = arguments.isSet(.runningOnly) ? "running" : ""
      let daemon = try invocation.connect()
      let (jobs, hasMore) = try daemon.jobs(request, limit: Int(arguments.integer(.limit) ?? 50))
      if invocation.isJSON {
        try invocation.console.json(jobs)
        return .done
      }
      try show(jobs, usual: usualDurations(jobs, daemon), hasDirectories: filter.cwd.isEmpty, on: invocation.console)
      if jobs.isEmpty {
        invocation.console.note(
          filter.cwd.isEmpty
            ? "There are none; start one with: honeydew run CMD..."
            : "There are none in \(filter.cwd); those of all directories are listed by: honeydew list --all")
      }
      if hasMore { invocation.console.note("There are more; --limit N shows more of them.") }
      return .done
    })

  private static let columns = [
    Table.Column(title: "STATE"), Table.Column(title: "JOB"),
    Table.Column(title: "PID", isRightAligned: true, isExpendable: true),
    Table.Column(title: "COMMAND", comfortableWidth: 20),
    Table.Column(title: "DIRECTORY", comfortableWidth: 16, isExpendable: true),
    Table.Column(title: "STARTED", isExpendable: true), Table.Column(title: "TOOK", isExpendable: true),
    Table.Column(title: "EXIT", comfortableWidth: 12),
  ]

  /// Only of so many that run: each is asked for.
  private static let mostLooks = 50

  /// By id, of those that run.
  private static func usualDurations(
    _ jobs: [Honeydew_JobStatus], _ daemon: DaemonSession
  ) throws(Failure) -> [String: Duration] {
    var usual: [String: Duration] = [:]
    for job in jobs.filter({ $0.status == "running" && $0.attempts > 1 }).prefix(mostLooks) {
      // It may be removed meanwhile.
      guard let whole = try? LocalJobs.status(job.jobID, daemon) else { continue }
      usual[job.jobID] = LocalHistory(whole.history).usualDuration
    }
    return usual
  }

  private static func show(
    _ jobs: [Honeydew_JobStatus], usual: [String: Duration], hasDirectories: Bool, on console: Console
  ) throws(Failure) {
    let now = Timestamp(milliseconds: Clock.wall().wholeMilliseconds)
    // Of a list whose first column is the id, --quiet prints that.
    let shown = console.isQuiet ? [columns[1]] : columns.filter { hasDirectories || $0.title != "DIRECTORY" }
    var table = Table(shown)
    for job in jobs {
      let cells: [String: Table.Cell] = [
        "STATE": LocalText.state(of: job), "JOB": Table.Cell(job.jobID),
        "PID": Table.Cell(job.pid == 0 ? "" : String(job.pid)),
        "COMMAND": Table.Cell(job.description_p.isEmpty ? job.title : "\(job.title)  (\(job.description_p))"),
        "DIRECTORY": Table.Cell(job.cwd),
        "STARTED": console.times.cell(job.startedAt.isEmpty ? job.nextRunAt : job.startedAt),
        "TOOK": LocalText.time(of: job, usual: usual[job.jobID], now: now), "EXIT": LocalText.exit(of: job),
      ]
      table.add(shown.map { cells[$0.title] ?? Table.Cell("") })
    }
    try console.table(table)
  }
}

extension Option {
  static let runningOnly = Option(name: "--running", help: "Only those that run")
}
