import HoneydewMessages
import HoneydewProtobuf
import HoneydewRPC
import HoneydewSystem

/// A daemon and the clients that talk to it, all driven by one loop.
final class Session {
  static let workers = 4

  let daemon: BenchDaemon
  private(set) var clients: [Client] = []
  private let bench: Bench
  private var failure: BenchmarkError?
  private var gate: [String] = []

  init(_ daemon: BenchDaemon, _ bench: Bench) {
    self.daemon = daemon
    self.bench = bench
  }

  /// Connects eight clients, as soon as the daemon listens.
  func connect() throws {
    try daemon.waitForLog("daemon started")
    clients = try (0..<8).map { _ in try Client(socket: daemon.socket, loop: bench.loop) }
  }

  var api: Honeydew_DaemonClient { clients[0].api }

  /// Turns the loop until it is done; a failed call, a signal or a minute without an end throws.
  func run(until isDone: () -> Bool) throws {
    for client in clients { client.flush() }
    let limit = bench.loop.schedule(at: Clock.monotonic() + .seconds(60)) { [unowned self] in
      failure = BenchmarkError("the daemon has not answered for a minute")
    }
    defer { bench.loop.cancel(limit) }
    while !isDone() {
      try bench.loop.turn()
      if let failure { throw failure }
      if bench.isInterrupted { throw BenchmarkError("interrupted") }
    }
  }

  /// The response; nil for a failure, which ends the measurement.
  func value<Response>(_ result: Result<Response, Status>) -> Response? {
    switch result {
    case .success(let response): return response
    case .failure(let status):
      failure = BenchmarkError("a call failed: \(status)")
      return nil
    }
  }

  func call<Response>(_ begin: (@escaping (Result<Response, Status>) -> Void) -> ClientCall) throws -> Response {
    var response: Response?
    _ = begin { [unowned self] in response = value($0) }
    try run { response != nil }
    guard let response else { preconditionFailure("the loop ran until there was a response") }
    return response
  }

  // MARK: Jobs

  static func job(_ command: String, _ payload: String = "{}", priority: Int32 = 0) -> Honeydew_SubmitJobRequest {
    .with {
      $0.command = command
      $0.payload = payload
      $0.priority = priority
    }
  }

  /// h2load as a client that submits this job.
  func submitLoad(_ request: Honeydew_SubmitJobRequest) throws -> HTTPLoad {
    let answer = try call { api.submitJob(request, completion: $0) }
    return try HTTPLoad(self, method: "SubmitJob", request: request, answer: answer)
  }

  /// Has h2load submit so many times while the workers sleep, and makes sure that the daemon has all the jobs.
  ///
  /// - Returns: microseconds a call.
  func submit(_ load: HTTPLoad, count: Int, clients: Int, jobsEach: Int = 1) throws -> Double {
    let before = try counts().pending
    let cost = try load.run(calls: count, clients: clients)
    let added = try counts().pending - before
    guard added == Int64(count * jobsEach) else {
      throw BenchmarkError("\(count) calls were answered, and \(added) jobs submitted")
    }
    return cost
  }

  private func counts() throws -> Honeydew_JobCounts {
    try call { api.getStatus(.init(), completion: $0) }.jobs
  }

  /// Waits until no job is left that has not ended.
  func waitForNothing() throws {
    while case let jobs = try counts(), jobs.pending + jobs.running > 0 { try pause() }
  }

  private func pause() throws {
    var isOver = false
    _ = bench.loop.schedule(at: Clock.monotonic() + .milliseconds(5)) { isOver = true }
    try run { isOver }
  }

  /// Submits so many jobs by so many clients, each with one call at a time.
  func submit(_ request: Honeydew_SubmitJobRequest, count: Int, clients number: Int) throws {
    var left = count
    var open = 0
    func next(_ client: Client) {
      guard left > 0 else { return }
      left -= 1
      open += 1
      client.api.submitJob(request) { [unowned self] result in
        open -= 1
        if value(result) != nil { next(client) }
      }
    }
    for client in clients.prefix(number) { next(client) }
    try run { open == 0 }
  }

  func submit(_ request: Honeydew_SubmitJobRequest) throws -> String {
    try call { api.submitJob(request, completion: $0) }.jobID
  }

  /// Waits until these jobs have ended.
  func wait(for ids: [String]) throws {
    var isOver = false
    let request = Honeydew_WaitJobsRequest.with { $0.jobIds = ids }
    api.waitJobs(request, onMessage: { _ in }) { [unowned self] status in
      isOver = true
      if !status.isOK { _ = value(Result<Bool, Status>.failure(status)) }
    }
    try run { isOver }
  }

  /// Waits until every worker is in this state.
  func waitForWorkers(_ state: String) throws {
    while try call({ api.getStatus(.init(), completion: $0) }).workers.contains(where: { $0.state != state }) {
      try pause()
    }
  }

  // MARK: Holding the workers

  /// A job that keeps its worker until it is cancelled.
  static func sleeper(priority: Int32) -> Honeydew_SubmitJobRequest {
    var request = job("diag.sleep", "{\"ms\": 3600000}", priority: priority)
    request.timeoutMs = 3_600_000
    return request
  }

  /// Has all workers sleep, so that nothing but the submission of other jobs is measured.
  func holdWorkers() throws {
    gate = try queueSleepers(priority: 0)
    try waitForWorkers("running")
  }

  private func queueSleepers(priority: Int32) throws -> [String] {
    try (0..<Self.workers).map { _ in try submit(Self.sleeper(priority: priority)) }
  }

  /// Wakes the workers up.
  func releaseWorkers() throws {
    let ids = gate
    gate = []
    for id in ids {
      _ = try call { api.cancelJob(.with { $0.jobID = id }, completion: $0) }
    }
  }

  /// Has sleeping workers do so many no-op jobs and sleep again. The jobs run before those with priority 0.
  ///
  /// - Returns: microseconds a job, from waking the workers up to the end of the last job.
  func drain(_ count: Int) throws -> Double {
    try submit(Self.job("diag.noop", priority: 2), count: count - Self.workers, clients: clients.count)
    let last = try (0..<Self.workers).map { _ in try submit(Self.job("diag.noop", priority: 2)) }
    let sleepers = try queueSleepers(priority: 1)
    let cost = try microseconds(each: count) {
      try releaseWorkers()
      try wait(for: last)
    }
    gate = sleepers
    try waitForWorkers("running")
    return cost
  }

  /// Takes over sleepers that are in the database already.
  func adoptSleepers(_ ids: [String]) {
    gate = ids
  }
}
