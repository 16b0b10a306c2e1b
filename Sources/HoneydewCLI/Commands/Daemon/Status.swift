internal import HoneydewText
internal import HoneydewMessages
internal import HoneydewRPC

extension Subcommand {
  static let status = Subcommand(
    words: ["status"], summary: "Show the daemon, its jobs and its workers",
    details: [
      "The exit status is 1 while the daemon is degraded, is stopping, or cannot write its database, so that monitoring",
      "can ask for it, and 3 when there is no daemon. A turn is how long the daemon's loop was busy without a look at other",
      "clients: more than 20 ms is worth a report.",
    ],
    examples: [
      Example("honeydew status", "shows what the daemon is doing"),
      Example("honeydew status --json | jq .jobs.pending", "prints how many jobs wait"),
    ],
    run: { invocation throws(Failure) in
      let daemon = try invocation.connect()
      let status = try daemon.read(limit: DaemonSession.glance) {
        $0.getStatus(Honeydew_GetStatusRequest(), completion: $1)
      }
      if invocation.isJSON {
        try invocation.console.json(status)
      } else {
        try show(status, on: invocation.console)
      }
      return status.state == "SERVING" && status.degraded.isEmpty ? .done : .failed
    })

  private static func show(_ status: Honeydew_DaemonStatus, on console: Console) throws(Failure) {
    var facts = [
      Fact(
        "daemon",
        "honeydewd \(status.version), process \(status.pid), up \(HumanText.duration(.milliseconds(status.uptimeMs)))"),
      Fact("state", status.state, status.state == "SERVING" ? .good : .warning),
      Fact("environment", environment(status), status.needsAuth || status.needsReauth ? .warning : .plain),
      Fact("jobs", QueueText.counts(status.jobs)),
    ]
    if status.jobs.pending > 0 {
      // Without its store the daemon does not know.
      let age = HumanText.duration(.milliseconds(status.oldestPendingMs))
      let oldest = status.oldestPendingMs > 0 ? ", the oldest for \(age)" : ""
      let delayed = status.queue.delayed > 0 ? ", \(status.queue.delayed) of them delayed" : ""
      facts.append(
        Fact("waiting", "\(HumanText.count(status.jobs.pending, "job"))\(delayed)\(oldest)"))
    }
    facts.append(Fact("lately", recent(status.recent)))
    if !status.failuresByCode.isEmpty {
      let codes = status.failuresByCode.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
      facts.append(
        Fact("failures", codes.map { "\($0.value) \($0.key)" }.joined(separator: ", ") + " since the start", .warning))
    }
    if let obstacles = QueueText.obstacles(status.queue, console.times) {
      facts.append(Fact("queue", obstacles, .warning))
    }
    if status.schedules > 0 {
      let count = HumanText.count(status.schedules, "schedule")
      facts.append(
        Fact("schedules", "\(count), the first due at \(console.times.full(HumanText.second(of: status.nextTick)))"))
    }
    if let pools = WorkerText.pools(status.workers) { facts.append(Fact("pools", pools)) }
    facts.append(
      Fact(
        "database",
        "\(HumanText.size(status.databaseBytes)), and \(HumanText.size(status.walBytes)) of write-ahead log"))
    let (ever, lately) = (status.longestTurnMicroseconds, status.lastMinuteLongestTurnMicroseconds)
    facts.append(
      Fact(
        "turns",
        "at most \(HumanText.duration(.microseconds(ever))), in the last minute \(HumanText.duration(.microseconds(lately)))"
      ))
    if let sandbox = SandboxText(status) {
      facts.append(Fact("sandbox", sandbox.text, sandbox.isWhole ? .plain : .warning))
    }
    if status.logLinesDropped > 0 {
      facts.append(Fact("log", "\(HumanText.count(status.logLinesDropped, "line")) lost since the start", .warning))
    }
    facts += status.degraded.map { Fact("degraded", $0, .bad) }
    try console.facts(facts)
    // Those that are made on demand have nothing to tell while there is none.
    let workers = status.workers.filter { $0.state != "dormant" }
    guard !workers.isEmpty else { return }
    try console.say("")
    try console.table(WorkerText.table(of: workers))
  }

  private static func environment(_ status: Honeydew_DaemonStatus) -> String {
    if status.environment.isEmpty { return "none; add one with: honeydew env add NAME URL --use" }
    if status.needsAuth { return status.environment + " (not logged in; log in with: honeydew login)" }
    if status.needsReauth {
      return status.environment
        + " (the API refuses the login of \(status.username); log in again with: honeydew login)"
    }
    return status.environment + (status.username.isEmpty ? "" : ", logged in as \(status.username)")
  }

  private static func recent(_ recent: Honeydew_RecentJobs) -> String {
    "\(recent.submitted) submitted, \(recent.completed) completed, \(recent.failed) failed in the last "
      + HumanText.duration(.milliseconds(recent.windowMs))
  }
}
