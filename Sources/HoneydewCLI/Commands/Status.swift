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
    try console.say("")
    try console.table(WorkerText.table(of: status.workers))
  }

  private static func environment(_ status: Honeydew_DaemonStatus) -> String {
    if status.environment.isEmpty { return "none; add one with: honeydew env add NAME URL --use" }
    return status.environment + (status.needsAuth ? " (not logged in; log in with: honeydew login)" : "")
  }
}
