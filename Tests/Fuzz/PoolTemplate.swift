import CLinux
import CSQLite
import Glibc
import HoneydewConfig
import HoneydewCore
import HoneydewStore

@testable import HoneydewDaemon
@testable import HoneydewSystem

/// A database with work for hostile workers: diagnostics, and calls in environments whose logins are good, due and dead.
final class PoolTemplate {
  let place: FuzzPlace
  /// Open all the time: to open one takes longer than to use it.
  private(set) var store: Store
  private let connection: OpaquePointer
  let jobCount = 8
  private static let tables = ["attempts", "job_labels", "jobs", "config", "auth_tokens"]

  init() throws {
    place = try FuzzPlace()
    let path = place.home.database
    store = try Store(path: path, now: rowsTime)
    try store.adoptLog()
    var book = try EnvironmentBook(store: store, vault: place.vault)
    var writes: [StoreWrite] = []
    for (name, rest) in [("good", 86_400), ("due", 10), ("dead", -10)] {
      let environment = Environment(
        id: "\(name)-id", name: name, baseURL: "https://\(name).test/graphql", isActive: name == "good",
        createdAt: rowsTime)
      let tokens = Tokens(
        username: "ada", access: "access", accessExpiresAt: rowsTime + .seconds(rest), refresh: "refresh",
        refreshExpiresAt: nil)
      writes += book.add(environment)
      writes += try book.save(tokens, of: environment, newID: "login-\(name)", at: rowsTime)
    }
    let environments = [nil, nil, "good", "due", "dead", "good", nil, "due"]
    for (number, environment) in environments.enumerated() {
      writes.append(
        .insertJob(
          Job(
            id: Self.id(number), sequence: Int64(number + 1),
            command: environment == nil ? "diag.noop" : "github.commits", payload: Array("{}".utf8),
            environment: environment, maxRetries: Int32(number % 3), createdAt: rowsTime)))
    }
    demand(environments.count == jobCount)
    let refused = try store.commit(writes)
    var connection: OpaquePointer?
    guard refused.isEmpty, sqlite3_open(path, &connection) == SQLITE_OK, let connection else {
      fail("the template is refused: \(refused)")
    }
    self.connection = connection
    run("PRAGMA synchronous = OFF; ATTACH ':memory:' AS kept")
    for table in Self.tables { run("CREATE TABLE kept.\(table) AS SELECT * FROM main.\(table)") }
  }

  private func run(_ sql: String) {
    let result = sqlite3_exec(connection, sql, nil, nil, nil)
    demand(result == SQLITE_OK, "\(sql): \(String(cString: sqlite3_errmsg(connection)))")
  }

  static func id(_ number: Int) -> String { "job\(number)aaaaaaaaa" }

  /// Puts all rows back.
  func fill() throws {
    let tables = Self.tables
    run(
      "BEGIN;" + tables.map { "DELETE FROM main.\($0); INSERT INTO main.\($0) SELECT * FROM kept.\($0);" }.joined()
        + "COMMIT; PRAGMA main.wal_checkpoint(TRUNCATE)")
    for name in (try? Files.list(place.home.results)) ?? [] { _ = try? Files.remove("\(place.home.results)/\(name)") }
    // The last input may have brought it down.
    if (try? store.lastSequence) == nil { store = try Store(path: place.home.database, now: rowsTime) }
  }
}

extension Termination {
  static func killed(pid: Int32) -> Termination {
    var exit = honeydew_exit()
    (exit.pid, exit.signalled, exit.status) = (pid, 1, 9)
    return Termination(exit)
  }
}

/// What targets keep from their preparation to their end.
nonisolated(unsafe) private(set) var rowsTemplate: RowsTemplate! = nil
nonisolated(unsafe) private(set) var poolTemplate: PoolTemplate! = nil

extension FuzzTarget {
  /// Makes what the target needs for each of its inputs.
  func prepare() {
    do {
      switch self {
      case .rows: rowsTemplate = try RowsTemplate()
      case .pool: poolTemplate = try PoolTemplate()
      default: return
      }
    } catch {
      fail("\(self) cannot be prepared: \(error)")
    }
    atexit {
      rowsTemplate?.place.remove()
      poolTemplate?.place.remove()
    }
  }
}
