import HoneydewSystem

/// What many clients and all workers get done, next to SQLite and to a queue that also answers after the sync.
extension Bench {
  private static let clients = 8

  func measureThroughput() throws {
    let session = try startDaemon(home: "throughput")
    try session.connect()
    try session.waitForWorkers("idle")
    let peer = try startPeer(home: "peer")
    let noop = Session.job("diag.noop")
    let load = try session.submitLoad(noop)
    try measureSubmitAndRun(session, load, peer)
    try session.holdWorkers()
    try measureSubmit(session, load, peer)
    try measureDrain(session, peer)
    try session.daemon.kill()
  }

  private func measureSubmit(_ session: Session, _ load: HTTPLoad, _ peer: Beanstalk) throws {
    let count = 2000
    let rows = try RowFloor(path: directory.path + "/throughput-floor.db", isNew: true)
    var (costs, alone, others, processor): ([Double], [Double], [Double], [Double]) = ([], [], [], [])
    for round in 0...11 {
      let floor = try microseconds(each: 400) { for _ in 0..<400 { try rows.insert(.init(), count: 1) } }
      let put = try peer.run(clients: Self.clients, jobs: count)
      let before = try ProcessFigures.loopNanoseconds(session.daemon.pid)
      let cost = try session.submit(load, count: count, clients: Self.clients)
      let used = try ProcessFigures.loopNanoseconds(session.daemon.pid) - before
      // The first round warms up.
      guard round > 0 else { continue }
      alone.append(floor)
      others.append(put)
      costs.append(cost)
      processor.append(Double(used) / 1000 / Double(count))
    }
    report.add(
      Figure(
        name: "CPU of the loop's thread a durable submit, 8 clients", value: median(processor), unit: "us",
        budget: .under(38)))
    report.add(
      Figure(
        name: "durable submit, 8 clients; floor: SQLite, 1 caller", value: 1e6 / median(costs), unit: "jobs/s",
        floor: 1e6 / median(alone), budget: .ratioAtLeast(2.5)))
    report.add(
      Figure(
        name: "durable submit, 8 clients; peer: beanstalkd", value: 1e6 / median(costs), unit: "jobs/s",
        floor: 1e6 / median(others), budget: .ratioAtLeast(2)))
  }

  private func measureDrain(_ session: Session, _ peer: Beanstalk) throws {
    let count = 4000
    var (costs, others): ([Double], [Double]) = ([], [])
    // What it has from the measurement before.
    _ = try peer.run(workers: Session.workers, jobs: 12 * 2000)
    for round in 0...9 {
      _ = try peer.run(clients: Self.clients, jobs: count)
      let drained = try peer.run(workers: Session.workers, jobs: count)
      let cost = try session.drain(count)
      guard round > 0 else { continue }
      others.append(drained)
      costs.append(cost)
    }
    let rate = 1e6 / median(costs)
    report.add(
      Figure(name: "no-op jobs drained by 4 workers", value: rate, unit: "jobs/s", budget: .over(15_000)))
    report.add(
      Figure(
        name: "no-op jobs drained by 4 workers; peer: beanstalkd", value: rate, unit: "jobs/s",
        floor: 1e6 / median(others), budget: .ratioAtLeast(1.5)))
  }

  private func measureSubmitAndRun(_ session: Session, _ load: HTTPLoad, _ peer: Beanstalk) throws {
    let count = 10_000
    let cost = try interleaved(
      rounds: 5,
      {
        try microseconds(each: count) {
          _ = try load.run(calls: count, clients: Self.clients)
          try session.waitForNothing()
        }
      },
      { try peer.run(clients: Self.clients, workers: Session.workers, jobs: count) })
    report.add(
      Figure(
        name: "submit and run 10,000 no-op jobs; peer: beanstalkd", value: 1e6 / cost.value, unit: "jobs/s",
        floor: 1e6 / cost.floor, budget: .ratioAtLeast(1.5)))
  }
}
