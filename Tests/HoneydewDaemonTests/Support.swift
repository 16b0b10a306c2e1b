import Glibc
import HoneydewCore
import HoneydewRPC
import HoneydewStore
import HoneydewSystem
import Testing

@testable import HoneydewDaemon

let noon = Timestamp("2026-03-01T12:00:00Z")!

/// A directory of one test, removed with what is in it.
final class TemporaryDirectory {
  let path: String

  init() {
    var template = Array("/tmp/honeydew-daemon-XXXXXX".utf8CString)
    path = template.withUnsafeMutableBufferPointer { String(cString: mkdtemp($0.baseAddress!)) }
  }

  deinit { Self.remove(path) }

  private static func remove(_ path: String) {
    guard unlink(path) == -1, errno == EISDIR else { return }
    for name in (try? Files.list(path)) ?? [] { remove("\(path)/\(name)") }
    rmdir(path)
  }

  func file(_ name: String) -> String { "\(path)/\(name)" }

  func openStore() throws -> Store { try Store(path: file("daemon.db"), now: noon) }
}

extension Store {
  /// Commits writes none of which may be refused.
  func commitAll(_ writes: [StoreWrite]) throws {
    let refused = try commit(writes)
    #expect(refused.isEmpty)
  }
}

func makeJob(_ id: String, _ sequence: Int64, priority: Int32 = 0, status: JobStatus = .pending) -> Job {
  Job(
    id: id, sequence: sequence, command: "diag.noop", payload: Array("{}".utf8), priority: priority, status: status,
    createdAt: noon)
}

/// A client and a server whose sockets are two arrays.
final class Pair {
  let server: ServerConnection
  let client: ClientConnection
  private let now = Duration.seconds(1000)

  init(_ router: Router) {
    server = ServerConnection(router: router, now: now)
    client = ClientConnection(now: now)
  }

  /// Carries bytes both ways until there are none.
  func run() throws {
    while client.hasOutput || server.hasOutput {
      try toServer()
      var bytes: [UInt8] = []
      server.withOutput {
        bytes += $0
        return $0.count
      }
      try bytes.withUnsafeBytes { try client.receive($0, now: now) }
    }
  }

  func toServer() throws {
    var bytes: [UInt8] = []
    client.withOutput {
      bytes += $0
      return $0.count
    }
    try bytes.withUnsafeBytes { try server.receive($0, now: now) }
  }
}

/// Clocks that stand still until a test moves them.
final class SetClock: Clocks {
  var now = Duration.zero
  var wallMilliseconds = noon.milliseconds
}

/// A disk on which a sync is done when the test says so.
final class SetDisk: Disk {
  var hasSyncer = false
  /// Why the next sync fails.
  var failure: String?
  private(set) var syncs = 0
  private(set) var asked: [LogCopier.Request] = []
  private var onDone: ((DiskResult) -> Void)?
  var onAnswer: (LogCopyAnswer) -> Void = { _ in }
  var onCopierEnd: () -> Void = {}
  var isCopierDying = false

  func sync(log: Int32, _ directory: String?) -> DiskResult {
    syncs += 1
    return DiskResult(failure: failure, took: .zero)
  }

  func beginSync(log: Int32, _ directory: String?, onDone: @escaping (DiskResult) -> Void) {
    self.onDone = onDone
  }

  /// Whether a sync goes on beside the loop.
  var isSyncing: Bool { onDone != nil }

  /// Ends the sync that goes on.
  func finishSync() {
    onDone.take()?(sync(log: 0, nil))
  }

  func ask(_ request: LogCopier.Request) -> String? {
    asked.append(request)
    return nil
  }

  func killCopier() {}
  func stop() {}
}

/// The owners of a daemon's jobs around a store of their own: a turn is what a test says, and what it decides is kept.
final class JobHouse {
  let clock = SetClock()
  let turn: Turn
  let store: Store
  let gate: StoreGate
  let jobs: JobBook
  let inbox = Inbox()
  let disk: SetDisk
  let recovered: RecoveredJobs
  private(set) var runner: TurnRunner!
  /// What was carried out, and what was discarded.
  var done: [Effect] = []
  var discarded: [(effect: Effect, refusal: Refusal)] = []
  var reloads = 0

  init(
    _ store: Store, live: Set<WorkID> = [], unbegun: Set<WorkID> = [], now: Duration = .zero, disk: SetDisk = SetDisk()
  ) throws {
    self.store = store
    self.disk = disk
    clock.now = now
    turn = Turn(clock: clock)
    gate = StoreGate(
      store, turn: turn, disk: disk, room: DiskRoom(besides: store.path, log: try .nowhere()), log: try .nowhere(),
      jitter: { 0 })
    jobs = JobBook(turn: turn, gate: gate, throttle: Throttle())
    recovered = try jobs.load(from: store, live: live, unbegun: unbegun)
    runner = TurnRunner(
      turn: turn, gate: gate, rows: [jobs], inbox: inbox, reload: { [unowned self] in reloads += 1 },
      carryOut: { [unowned self] in done.append($0) }, discard: { [unowned self] in discarded.append(($0, $1)) })
  }

  /// Ends the turn.
  func finish() { runner.finish() }

  func takeNext(now: Duration) throws(Refusal) -> Job? {
    clock.now = now
    return try jobs.takeNext(from: [PoolRules.api])
  }

  func update(_ job: Job, _ ending: AttemptEnding, now: Duration) {
    clock.now = now
    jobs.update(job, ending, ending == .requeued ? .interrupted : .failed, after: .zero)
  }
}

extension JobBook {
  /// The writes of the jobs' own rows.
  var rowWrites: [StoreWrite] {
    writes.map(\.write).filter { if case .insertAttempt = $0 { false } else { true } }
  }
}

extension Log {
  /// A log that keeps nothing.
  static func nowhere() throws(Errno) -> Log { Log(try .file("/dev/null")) }
}

extension Job {
  mutating func start(at now: Timestamp) { start(on: 1, at: now) }
}
