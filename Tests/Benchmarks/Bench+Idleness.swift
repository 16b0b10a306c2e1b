import HoneydewSystem

/// What a daemon costs that has nothing to do.
extension Bench {
  /// Looks at a daemon that has done some work and has none left.
  func measureIdleness() throws {
    let session = try startDaemon(home: "idle")
    try session.connect()
    try session.submit(Session.job("diag.noop"), count: 1000, clients: 8)
    try session.wait(for: [try session.submit(Session.job("diag.noop"))])
    try session.waitForWorkers("idle")
    let processes = try ProcessFigures.family(of: session.daemon)
    // The daemon, its workers, and the process that copies the log back, once it was needed.
    guard (1...2).contains(processes.count - Session.workers) else {
      throw BenchmarkError("there are \(processes.count) processes where five or six are expected")
    }
    let before = try processes.map(ProcessFigures.ticks).reduce(0, +)
    var isOver = false
    _ = loop.schedule(at: Clock.monotonic() + .seconds(10)) { isOver = true }
    try session.run { isOver }
    let ticks = try processes.map(ProcessFigures.ticks).reduce(0, +) - before
    report.add(
      Figure(name: "idle, 4 workers: CPU in 10 s", value: Double(ticks), unit: "ticks", budget: .zero))

    let memory = processes.compactMap(ProcessFigures.proportionalBytes)
    if memory.count == processes.count {
      report.add(
        Figure(
          name: "idle, 4 workers: PSS of the five processes", value: Double(memory.reduce(0, +)) / 1_048_576,
          unit: "MiB", budget: .under(40)))
    } else {
      report.note("idle, 4 workers: PSS of the five processes: only root may read it")
    }
    try session.daemon.kill()
  }
}
