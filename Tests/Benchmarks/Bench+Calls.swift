import HoneydewMessages
import HoneydewProtobuf
import HoneydewRPC
import HoneydewSystem

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
    try measureSubmit(session, rows, try startPeer(home: "calls-peer"))
    try measureBulk(session, rows)
    try session.daemon.kill()
    try processors.use()
  }

  private func measurePing(_ session: Session, _ echo: EchoPeer) throws {
    let count = 2000
    let answer = try session.call { session.api.ping(.init(), completion: $0) }
    let load = try HTTPLoad(session, method: "Ping", request: Honeydew_PingRequest(), answer: answer)
    let cost = try interleaved(rounds: 21, { try load.run(calls: count, clients: 1) }) {
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

  private func measureSubmit(_ session: Session, _ rows: RowFloor, _ peer: Beanstalk) throws {
    let count = 300
    let load = try session.submitLoad(Session.job("diag.noop"))
    let cost = try interleaved(rounds: 21, { try session.submit(load, count: count, clients: 1) }) {
      try microseconds(each: count) { for _ in 0..<count { try rows.insert(.init(), count: 1) } }
    }
    report.add(
      Figure(
        name: "durable submit, 1 client", value: cost.value, unit: "us", floor: cost.floor, budget: .ratioUnder(1.6)))
    let put = median(try (0..<11).map { _ in try peer.run(clients: 1, jobs: count) })
    report.add(
      Figure(name: "durable submit, 1 client; peer: beanstalkd", value: cost.value, unit: "us", floor: put))
  }

  private func measureBulk(_ session: Session, _ rows: RowFloor) throws {
    let (calls, jobs) = (4, 1000)
    let request = Honeydew_SubmitJobsRequest.with {
      $0.jobs = Array(repeating: Session.job("diag.noop"), count: jobs)
    }
    let answer = try session.call { session.api.submitJobs(request, completion: $0) }
    let load = try HTTPLoad(session, method: "SubmitJobs", request: request, answer: answer)
    let cost = try interleaved(
      rounds: 15,
      { try session.submit(load, count: calls, clients: 1, jobsEach: jobs) / Double(jobs) },
      { try microseconds(each: calls * jobs) { for _ in 0..<calls { try rows.insert(.init(), count: jobs) } } })
    report.add(
      Figure(
        name: "bulk submit, 1,000 a call", value: cost.value, unit: "us/job", floor: cost.floor,
        budget: .ratioUnder(1.5)))
  }
}
