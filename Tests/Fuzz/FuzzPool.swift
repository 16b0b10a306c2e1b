import Glibc
import HoneydewConfig
import HoneydewCore
import HoneydewFrames
import HoneydewProtobuf
import HoneydewStore
import HoneydewSystem

@testable import HoneydewDaemon

/// Workers that have turned on the daemon: frames in any order, half ones, garbage, of jobs that are not theirs; processes
/// that end when they like. The pool, its slots and the desks behind them are the daemon's own.
///
/// No job is lost, none has two ends, and no slot is stuck, whatever they do.
func fuzzPool(_ input: [UInt8]) {
  do {
    try poolTemplate.fill()
    let store = poolTemplate.store
    let house = try FuzzHouse(store, poolTemplate.place)
    let crew = HostileCrew(house)
    var script = FuzzInput(input)
    crew.finishTurn()
    while !script.isAtEnd {
      crew.act(&script)
      crew.finishTurn()
    }
    crew.leave()
    // What was running when the daemon ended is pending again.
    let counts = try store.counts()
    demand(counts[.running, default: 0] == 0, "a job still runs, and no worker is left")
    demand(counts.values.reduce(0, +) == poolTemplate.jobCount, "a job is lost: \(counts)")
    demand(counts == house.jobs.counts.filter { $0.value != 0 }, "memory and store differ")
  } catch {
    fail("a worker has brought the daemon down: \(error)")
  }
}

/// The processes of all workers.
private final class HostileCrew {
  private let house: FuzzHouse
  /// Our ends of the channels, by the workers' numbers, and how the process dies.
  private var sockets: [Int: Int32] = [:]
  private var dying: Set<Int> = []
  /// Whether processes say `Ready` by themselves, and end when they are asked to.
  private var saysReady = true
  private var followsOrders = true
  private var ended: [String: Int] = [:]

  init(_ house: FuzzHouse) {
    self.house = house
    house.onSpawn = { [unowned self] in start($0) }
    house.onSignal = { [unowned self] worker, signals in
      if signals.contains(SIGKILL) || followsOrders { dying.insert(worker.number) }
    }
  }

  deinit { for socket in sockets.values { close(socket) } }

  private var workers: [Worker] { house.workers.all }

  // MARK: processes

  private func start(_ worker: Worker) {
    var ends: [Int32] = [-1, -1]
    demand(socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &ends) == 0, "no socketpair")
    demand(sockets[worker.number] == nil, "a slot has two processes")
    sockets[worker.number] = ends[1]
    worker.resultFile = nil
    do {
      let ours = FileDescriptor(owning: ends[0])
      try ours.setNonblocking(true)
      try house.workers.connect(worker, by: ours)
    } catch {
      fail("no channel: \(error)")
    }
    if saysReady { send(ready(version: WorkerProtocol.version), from: worker) }
  }

  private func endDying() {
    for worker in workers where dying.remove(worker.number) != nil {
      guard let socket = sockets.removeValue(forKey: worker.number) else { continue }
      close(socket)
      house.workers.processEnded(.killed(pid: Int32(worker.number)), worker)
    }
  }

  func finishTurn() {
    endDying()
    house.finishTurn()
    readAll()
    check()
  }

  /// What the daemon sends is thrown away, and so are the files that come with it.
  private func readAll() {
    var bytes = [UInt8](repeating: 0, count: 65536)
    for socket in sockets.values { while recv(socket, &bytes, bytes.count, Int32(MSG_DONTWAIT)) > 0 {} }
  }

  /// What holds after every turn.
  private func check() {
    for worker in workers {
      switch worker.slot.state {
      case .idle, .stopped: break
      default: demand(worker.deadline != nil, "slot \(worker.number) waits for nothing: \(worker.slot.state)")
      }
      demand(worker.slot.hasProcess == (sockets[worker.number] != nil), "a process is not known as what it is")
      demand(worker.version.utf8.count < 1024 && worker.lastExit.utf8.count < 4096)
      demand((worker.sandbox?.problem.utf8.count ?? 0) < 4096)
    }
    let live = house.workers.liveWork
    for (id, job) in house.jobs.running {
      demand(live.contains(WorkID(id: id, attempt: job.attempt)), "job \(id) runs, and no worker has it")
      demand((job.error?.text.utf8.count ?? 0) < 4096, "an error is as long as a frame")
    }
  }

  /// Ends the daemon, with processes that do nothing more.
  func leave() {
    (followsOrders, saysReady) = (true, false)
    house.drain.begin(reason: "the end")
    house.drain.begin(reason: "the end")
    for _ in 0..<200 where !house.workers.isStopped || !house.inbox.isEmpty {
      house.wait(atMost: .seconds(30))
      finishTurn()
    }
    finishTurn()
    demand(house.workers.isStopped, "the pool does not stop: \(workers.map(\.slot.state))")
    demand(house.jobs.running.isEmpty && house.inbox.isEmpty, "work is left that nobody has")
  }

  // MARK: the script

  func act(_ script: inout FuzzInput) {
    let operation = script.choice(32)
    let worker = workers[script.choice(workers.count)]
    switch operation {
    case 0..<16: send(frame(operation, of: worker, &script), from: worker)
    case 16: write(script.bytes(), from: worker)
    case 17: write(Array(repeating: script.byte(), count: 16 * script.choice(256)), from: worker)
    case 18: dying.insert(worker.number)
    case 19: if let socket = sockets[worker.number] { shutdown(socket, Int32(SHUT_WR)) }
    case 20: if let socket = sockets[worker.number] { shutdown(socket, Int32(SHUT_RDWR)) }
    case 21: saysReady.toggle()
    case 22: followsOrders.toggle()
    case 23: house.clock.pass(.milliseconds(10 * Int(script.byte())))
    case 24: fill(worker, script.bytes())
    case 25: cancelJob(script.choice(poolTemplate.jobCount))
    case 26: house.workers.apply(.restart("wanted"), to: worker)
    case 27: house.workers.apply(.stop, to: worker)
    case 28: house.workers.apply(.start, to: worker)
    case 29: house.workers.apply(.hurry, to: worker)
    default: house.wait(atMost: .seconds(1 + script.choice(64)))
    }
  }

  private func cancelJob(_ number: Int) {
    guard let job = try? house.jobs.find(PoolTemplate.id(number), within: .everybodys) else { return }
    house.turn.beginDecision()
    _ = try? house.jobDesk.cancel(job)
  }

  /// Writes into the file that the process was lent.
  private func fill(_ worker: Worker, _ bytes: [UInt8]) {
    guard let file = worker.resultFile?.descriptor.fileNumber else { return }
    _ = pwrite(file, bytes, bytes.count, 0)
  }

  private func ready(version: UInt32) -> Honeydew_Worker_FromWorker {
    .with { $0.ready = .with { $0.protocolVersion = version } }
  }

  private func frame(_ kind: Int, of worker: Worker, _ script: inout FuzzInput) -> Honeydew_Worker_FromWorker {
    let work = work(of: worker, &script)
    let usage = Honeydew_Worker_Usage.with { $0.residentBytes = UInt64(bitPattern: script.number()) }
    return .with { frame in
      switch kind {
      case 0:
        frame.ready = .with {
          ($0.protocolVersion, $0.version, $0.usage) = (WorkerProtocol.version, script.text(), usage)
          $0.sandbox = .with {
            ($0.landlock, $0.problem) = (UInt32(truncatingIfNeeded: script.number()), script.text())
          }
        }
      case 1: frame.ready = .with { $0.protocolVersion = UInt32(script.byte()) }
      case 2: frame.started = .with { ($0.jobID, $0.attempt) = (work.id, work.attempt) }
      case 3: frame.progress = .with { ($0.jobID, $0.attempt, $0.text) = (work.id, work.attempt, script.text()) }
      case 4: frame.heartbeat = .with { ($0.jobID, $0.attempt, $0.usage) = (work.id, work.attempt, usage) }
      case 5: frame.declined = .with { ($0.jobID, $0.attempt, $0.reason) = (work.id, work.attempt, script.text()) }
      case 6: break
      default:
        frame.result = .with {
          ($0.jobID, $0.attempt, $0.usage) = (work.id, work.attempt, usage)
          fill(&$0, kind, &script)
        }
      }
    }
  }

  private func fill(_ result: inout Honeydew_Worker_Result, _ kind: Int, _ script: inout FuzzInput) {
    switch kind {
    case 7, 8: result.data = script.bytes()
    case 9: result.spooled = .with { $0.size = UInt64(script.byte()) }
    case 10: result.spooled = .with { $0.size = UInt64(bitPattern: script.number()) }
    case 11, 12:
      let code = ErrorCode.allCases[script.choice(ErrorCode.allCases.count)].rawValue
      result.failure = .with {
        ($0.code, $0.text, $0.data) = (script.choice(4) == 0 ? script.text() : code, script.text(), script.bytes())
        ($0.retryAfterMs, $0.notSent) = (script.number(), script.choice(2) == 0)
        ($0.permanent, $0.notKept) = (script.choice(2) == 0, script.choice(2) == 0)
      }
    case 13: result.unauthorized = .with { ($0.tokenGeneration, $0.text) = (script.number(), script.text()) }
    case 14:
      result.tokens = .with {
        ($0.username, $0.accessToken, $0.refreshToken) = (script.text(), script.text(), script.text())
        ($0.accessExpiresMs, $0.refreshExpiresMs) = (script.number(), script.number())
      }
    default: break
    }
  }

  /// The worker's own work as a rule; that of another one, of an earlier attempt, or none at all.
  private func work(of worker: Worker, _ script: inout FuzzInput) -> WorkID {
    let own = worker.slot.work ?? WorkID(id: PoolTemplate.id(0), attempt: 1)
    switch script.choice(8) {
    case 0: return workers.lazy.compactMap(\.slot.work).first { $0 != own } ?? own
    case 1: return WorkID(id: own.id, attempt: own.attempt - 1)
    case 2: return WorkID(id: script.text(), attempt: Int32(truncatingIfNeeded: script.number()))
    case 3: return worker.slot.nextWork ?? own
    default: return own
    }
  }

  private func send(_ message: Honeydew_Worker_FromWorker, from worker: Worker) {
    // An empty message has no frame of its own making.
    write((try? Frame.encode(message)) ?? [2, 0, 0, 0, 0x7A, 0], from: worker)
  }

  private func write(_ bytes: [UInt8], from worker: Worker) {
    guard let socket = sockets[worker.number] else { return }
    _ = Glibc.send(socket, bytes, bytes.count, Int32(MSG_DONTWAIT | MSG_NOSIGNAL))
  }
}
