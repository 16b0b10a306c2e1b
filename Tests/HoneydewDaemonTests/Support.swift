import Glibc
import HoneydewCore
import HoneydewRPC
import HoneydewStore
import HoneydewSystem
import HoneydewWire
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
    let refused = try commit(writes, durable: false)
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

// Where the wall clock, the worker and the limits do not matter.
extension JobBook {
  convenience init(store: Store, live: Set<WorkID>, now: Duration, wallNow: Timestamp) throws(StoreError) {
    try self.init(store: store, throttle: Throttle(), live: live, now: now, wallNow: wallNow)
  }

  /// The writes of the jobs' own rows.
  var rowWrites: [StoreWrite] {
    writes.filter { if case .insertAttempt = $0 { false } else { true } }
  }

  func insert(_ job: Job) { insert(job, wallNow: noon) }

  func takeNext(now: Duration) throws(StoreError) -> Job? { try takeNext(now: now, wallNow: noon) }

  func update(_ job: Job, _ ending: AttemptEnding, now: Duration) {
    update(job, ending, ending == .requeued ? .interrupted : .failed, now: now)
  }
}

extension Job {
  mutating func start(at now: Timestamp) { start(on: 1, at: now) }
}
