import HoneydewRPC
import HoneydewSystem
import HoneydewWire

/// What one call and one job cost, next to what SQLite and a socket cost alone.
extension Bench {
  /// All on one processor: else half of what is measured is on which of them the scheduler wakes whom.
  func measureCalls() throws {
    let processors = try Processors.current()
    try processors.first.use()
    let session = try startDaemon(home: "calls")
    try session.connect()
    try session.waitForWorkers("idle")
    let echo = try EchoPeer()
    let rows = try RowFloor(path: directory.path + "/floor.db", isNew: true)
    try measurePing(session, echo)
    try measureNoop(session, echo, rows)
    try session.holdWorkers()
    try measureSubmit(session, rows)
    try measureBulk(session, rows)
    try session.daemon.kill()
    try processors.use()
  }

  /// How fast the pool works off jobs, on all processors.
  func measureDrain() throws {
    let session = try startDaemon(home: "drain")
    try session.connect()
    try session.waitForWorkers("idle")
    try session.holdWorkers()
    _ = try session.drain(1000)
    let cost = median(try (0..<15).map { _ in try session.drain(4000) })
    report.add(
      Figure(
        name: "no-op jobs drained by 4 workers", value: 1e6 / cost, unit: "jobs/s", budget: .over(10_000)))
    try session.daemon.kill()
  }

  private func measurePing(_ session: Session, _ echo: EchoPeer) throws {
    let count = 500
    func pings() throws -> Double {
      try microseconds(each: count) {
        var left = count
        func next() {
          session.api.ping(.init()) { result in
            guard session.value(result) != nil else { return }
            left -= 1
            if left > 0 { next() }
          }
        }
        next()
        try session.run { left == 0 }
      }
    }
    let cost = try interleaved(rounds: 41, pings) {
      try microseconds(each: count) { for _ in 0..<count { try echo.pingPong() } }
    }
    report.add(
      Figure(
        name: "Ping round trip, one connection", value: cost.value, unit: "us", floor: cost.floor,
        budget: .ratioUnder(3)))
  }

  private func measureNoop(_ session: Session, _ echo: EchoPeer, _ rows: RowFloor) throws {
    let count = 50
    let noop = Session.job("diag.noop")
    func jobs() throws -> Double {
      try microseconds(each: count) {
        for _ in 0..<count { try session.wait(for: [try session.submit(noop)]) }
      }
    }
    let cost = try interleaved(rounds: 41, jobs) {
      try microseconds(each: count) {
        for _ in 0..<count {
          try rows.insertAndComplete()
          try echo.pingPong()
          try echo.pingPong()
        }
      }
    }
    report.add(
      Figure(
        name: "no-op job, submit to result seen, idle daemon", value: cost.value, unit: "us", floor: cost.floor,
        budget: .ratioUnder(2)))
  }

  private func measureBulk(_ session: Session, _ rows: RowFloor) throws {
    let count = 1000
    let request = Honeydew_SubmitJobsRequest.with {
      $0.jobs = Array(repeating: Session.job("diag.noop"), count: count)
    }
    let cost = try interleaved(
      rounds: 15,
      { try microseconds(each: count) { _ = try session.call { session.api.submitJobs(request, completion: $0) } } },
      { try microseconds(each: count) { try rows.insert(.init(), count: count) } })
    report.add(
      Figure(
        name: "bulk submit, 1,000 a call", value: cost.value, unit: "us/job", floor: cost.floor,
        budget: .ratioUnder(2)))
  }

  private func measureSubmit(_ session: Session, _ rows: RowFloor) throws {
    let noop = Session.job("diag.noop")
    let count = 100
    func floor() throws -> Double {
      try microseconds(each: count) { for _ in 0..<count { try rows.insert(.init(), count: 1) } }
    }
    let client = try BareClient(socket: session.daemon.socket, method: "SubmitJob", request: noop)
    let one = try interleaved(
      rounds: 41, { try microseconds(each: count) { for _ in 0..<count { try client.callOnce() } } }, floor)
    report.add(
      Figure(
        name: "durable submit, 1 client", value: one.value, unit: "us", floor: one.floor, budget: .ratioUnder(1.5)))
    let own = try interleaved(
      rounds: 41, { try microseconds(each: count) { try session.submit(noop, count: count, clients: 1) } }, floor)
    report.add(
      Figure(name: "durable submit, through HoneydewRPC's client", value: own.value, unit: "us", floor: own.floor))

    let eight = try interleaved(
      rounds: 41, { try microseconds(each: 4 * count) { try session.submit(noop, count: 4 * count, clients: 8) } },
      floor)
    report.add(
      Figure(
        name: "durable submit, 8 clients", value: 1e6 / eight.value, unit: "jobs/s", floor: 1e6 / eight.floor,
        budget: .ratioAtLeast(2)))
    let shared = try (0..<41).map { _ in
      try microseconds(each: 4 * count) { for _ in 0..<count / 2 { try rows.insert(.init(), count: 8) } }
    }
    report.add(
      Figure(name: "SQLite alone, 8 callers that share commits", value: 1e6 / median(shared), unit: "jobs/s"))
  }
}
