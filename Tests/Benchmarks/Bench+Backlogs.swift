import HoneydewSystem

/// What it costs that many jobs are pending.
extension Bench {
  private struct Backlog {
    let pending: Int
    let session: Session
    /// Milliseconds from the start of the process to the first job dispatched.
    let start: Double
    let residentBytes: Int
    var submits: [Double] = []
    var dispatches: [Double] = []

    var label: String { pending < 1_000_000 ? "\(pending / 1000) k pending" : "\(pending / 1_000_000) M pending" }
  }

  /// Measures daemons with different numbers of pending jobs, in turn.
  ///
  /// - Parameter sizes: the numbers; the first is what the others are compared to.
  func measureBacklogs(_ sizes: [Int]) throws {
    var backlogs = try sizes.map(startBacklog)
    for backlog in backlogs.dropFirst() { reportStart(backlog, comparedTo: backlogs[0]) }
    let noop = Session.job("diag.noop")
    for round in 0...15 {
      for index in backlogs.indices {
        let session = backlogs[index].session
        let submit = try microseconds(each: 400) { try session.submit(noop, count: 400, clients: 8) }
        let dispatch = try session.drain(800)
        // The first round warms up.
        guard round > 0 else { continue }
        backlogs[index].submits.append(submit)
        backlogs[index].dispatches.append(dispatch)
      }
    }
    for backlog in backlogs {
      reportCosts(backlog, comparedTo: backlog.pending == sizes[0] ? nil : backlogs[0])
      try backlog.session.daemon.kill()
    }
  }

  private func reportStart(_ backlog: Backlog, comparedTo first: Backlog) {
    let isBudgeted = backlog.pending >= 1_000_000
    report.add(
      Figure(
        name: "\(backlog.label): start to first job dispatched", value: backlog.start, unit: "ms",
        budget: isBudgeted ? .under(1000) : nil))
    // Of fewer jobs the difference would be the allocator's.
    guard backlog.pending >= 100_000 else { return }
    let bytes = Double(backlog.residentBytes - first.residentBytes) / Double(backlog.pending - first.pending)
    report.add(
      Figure(
        name: "\(backlog.label): memory a job", value: bytes, unit: "bytes", budget: isBudgeted ? .under(32) : nil))
  }

  private func reportCosts(_ backlog: Backlog, comparedTo first: Backlog?) {
    let budget: Figure.Budget? = first == nil ? nil : .ratioUnder(2)
    report.add(
      Figure(
        name: "\(backlog.label): submit, 8 clients", value: median(backlog.submits), unit: "us",
        floor: first.map { median($0.submits) }, budget: budget))
    report.add(
      Figure(
        name: "\(backlog.label): dispatch, 4 workers", value: median(backlog.dispatches), unit: "us",
        floor: first.map { median($0.dispatches) }, budget: budget))
  }

  private func startBacklog(_ size: Int) throws -> Backlog {
    let home = "backlog-\(size)"
    // The first start makes the database.
    let empty = try startDaemon(home: home)
    try empty.connect()
    try empty.daemon.stop()
    let sleepers = try fill(empty.daemon.database, size)
    _ = try Files.remove(empty.daemon.home + "/daemon.log")

    let begin = Clock.monotonic()
    let session = try startDaemon(home: home)
    try session.daemon.waitForLog("job started")
    let start = (Clock.monotonic() - begin) / .milliseconds(1)
    let residentBytes = try ProcessFigures.residentBytes(session.daemon.pid)
    try session.connect()
    session.adoptSleepers(sleepers)
    try session.waitForWorkers("running")
    return Backlog(pending: size, session: session, start: start, residentBytes: residentBytes)
  }

  /// Puts jobs into the database of a daemon that does not run: one for each worker that sleeps, then the pending ones.
  ///
  /// - Returns: the sleepers' ids.
  private func fill(_ database: String, _ size: Int) throws -> [String] {
    let rows = try RowFloor(path: database, isNew: false)
    let sleepers = try (0..<Session.workers).map { _ in
      try rows.insert(
        .init(command: "diag.sleep", payload: "{\"ms\": 3600000}", priority: 1, timeoutMilliseconds: 3_600_000),
        count: 1)
    }
    try rows.insert(.init(), count: size)
    return sleepers
  }
}
