internal import HoneydewRPC
internal import HoneydewWire

extension Subcommand {
  static let status = Subcommand(
    words: ["status"], summary: "Show the daemon, its jobs and its workers",
    examples: [
      Example("honeydew status", "shows what the daemon is doing"),
      Example("honeydew status --json | jq .jobs.pending", "prints how many jobs wait"),
    ],
    run: { invocation throws(Failure) in
      let daemon = try invocation.connect()
      let status = try daemon.unary { $0.getStatus(Honeydew_GetStatusRequest(), completion: $1) }
      if invocation.isJSON {
        try invocation.console.json(status)
      } else {
        try show(status, try queueStats(daemon), on: invocation.console)
      }
      return .done
    })

  /// Nothing where the daemon cannot tell, as one whose store is down: the status says why.
  private static func queueStats(_ daemon: Daemon) throws(Failure) -> Honeydew_QueueStats {
    do throws(Failure) {
      return try daemon.unary { $0.getQueueStats(Honeydew_GetQueueStatsRequest(), completion: $1) }
    } catch {
      guard error.status == .failed else { throw error }
      return Honeydew_QueueStats()
    }
  }

  private static func show(
    _ status: Honeydew_DaemonStatus, _ queue: Honeydew_QueueStats, on console: Console
  ) throws(Failure) {
    var facts = [
      Fact(
        "daemon",
        "honeydewd \(status.version), process \(status.pid), up \(HumanText.duration(.milliseconds(status.uptimeMs)))"),
      Fact("state", status.state, status.state == "SERVING" ? .good : .warning),
      Fact("environment", environment(status), status.needsAuth ? .warning : .plain),
      Fact("jobs", QueueText.counts(status.jobs)),
    ]
    if let obstacles = QueueText.obstacles(queue) { facts.append(Fact("queue", obstacles, .warning)) }
    facts += status.degraded.map { Fact("degraded", $0, .bad) }
    try console.facts(facts)
    guard !status.workers.isEmpty else { return }
    var table = Table([
      Table.Column(title: "WORKER", isRightAligned: true),
      Table.Column(title: "PROCESS", isRightAligned: true, isExpendable: true),
      Table.Column(title: "STATE"), Table.Column(title: "JOB"), Table.Column(title: "SINCE", isRightAligned: true),
      Table.Column(title: "DONE", isRightAligned: true, isExpendable: true),
      Table.Column(title: "RESTARTS", isRightAligned: true),
      Table.Column(title: "MEMORY", isRightAligned: true, isExpendable: true),
      Table.Column(title: "CPU", isRightAligned: true, isExpendable: true),
      Table.Column(title: "LAST EXIT", comfortableWidth: 20),
    ])
    for worker in status.workers {
      table.add([
        Table.Cell(String(worker.slot)), Table.Cell(worker.pid == 0 ? "" : String(worker.pid)),
        Table.Cell(worker.state, .of(status: worker.state)), Table.Cell(worker.jobID),
        Table.Cell(worker.jobID.isEmpty ? "" : HumanText.duration(.milliseconds(worker.jobMs))),
        Table.Cell(String(worker.jobsDone)), Table.Cell(String(worker.restarts)),
        Table.Cell(HumanText.bytes(worker.residentBytes)),
        Table.Cell(cpuTime(worker)),
        Table.Cell(worker.lastExit),
      ])
    }
    try console.say("")
    try console.table(table)
  }

  /// Nothing for a process that has not told yet.
  private static func cpuTime(_ worker: Honeydew_Worker) -> String {
    worker.cpuMicroseconds == 0 ? "" : HumanText.duration(.microseconds(Int64(clamping: worker.cpuMicroseconds)))
  }

  private static func environment(_ status: Honeydew_DaemonStatus) -> String {
    if status.environment.isEmpty { return "none; add one with: honeydew env add NAME URL --use" }
    return status.environment + (status.needsAuth ? " (not logged in; log in with: honeydew login)" : "")
  }
}
