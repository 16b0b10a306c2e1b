import HoneydewSystem
import HoneydewWire

/// What it costs that many jobs are pending.
extension Bench {
  private struct Backlog {
    var pending: Int
    var start: Double
    var residentBytes: Int
    var submit: Double
    var dispatch: Double
  }

  /// - Parameter sizes: numbers of pending jobs; the first is what the others are compared to.
  func measureBacklogs(_ sizes: [Int]) throws {
    var first: Backlog?
    for size in sizes {
      let backlog = try measureBacklog(size)
      let label = "\(Self.grouped(size)) pending"
      let isBudgeted = size == 1_000_000
      report.add(
        Figure(
          name: "\(label): start to first job dispatched", value: backlog.start * 1000, unit: "ms",
          budget: isBudgeted ? .under(1000) : nil))
      if let first {
        let bytes = Double(backlog.residentBytes - first.residentBytes) / Double(size - first.pending)
        report.add(
          Figure(
            name: "\(label): memory a job", value: bytes, unit: "bytes", budget: isBudgeted ? .under(100) : nil))
      }
      report.add(
        Figure(
          name: "\(label): submit, 8 clients", value: backlog.submit, unit: "us", floor: first?.submit,
          budget: first == nil ? nil : .ratioUnder(2)))
      report.add(
        Figure(
          name: "\(label): dispatch, 4 workers", value: backlog.dispatch, unit: "us", floor: first?.dispatch,
          budget: first == nil ? nil : .ratioUnder(2)))
      if first == nil { first = backlog }
    }
  }

  private func measureBacklog(_ size: Int) throws -> Backlog {
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
    let start = (Clock.monotonic() - begin) / .seconds(1)
    let residentBytes = try ProcessFigures.residentBytes(session.daemon.pid)
    try session.connect()
    session.adoptSleepers(sleepers)
    try session.waitForWorkers("running")

    let rounds = 7
    let noop = Session.job("diag.noop")
    _ = try session.drain(500)
    var submits: [Double] = []
    var dispatches: [Double] = []
    for _ in 0..<rounds {
      submits.append(try microseconds(each: 500) { try session.submit(noop, count: 500, clients: 8) })
      dispatches.append(try session.drain(1000))
    }
    try session.daemon.kill()
    return Backlog(
      pending: size, start: start, residentBytes: residentBytes, submit: median(submits), dispatch: median(dispatches))
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

  private static func grouped(_ number: Int) -> String {
    number < 1_000_000 ? "\(number / 1000) k" : "\(number / 1_000_000) M"
  }
}
