import CSQLite
import Glibc
import HoneydewCore
import Synchronization
import Testing

@testable import HoneydewStore

let now = Timestamp("2026-03-01T12:00:00Z")!

/// A directory of one test, removed with it.
final class TemporaryDirectory {
  let path: String

  init() {
    var template = Array("/tmp/honeydew-store-XXXXXX".utf8CString)
    path = template.withUnsafeMutableBufferPointer { String(cString: mkdtemp($0.baseAddress!)) }
  }

  deinit {
    for name in names { unlink(path + "/" + name) }
    rmdir(path)
  }

  var database: String { path + "/daemon.db" }

  var names: [String] {
    guard let directory = opendir(path) else { return [] }
    defer { closedir(directory) }
    var names: [String] = []
    while let entry = readdir(directory) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if name != "." && name != ".." { names.append(name) }
    }
    return names.sorted()
  }
}

func makeJob(_ sequence: Int, command: String = "diag.noop", environment: String? = nil) -> Job {
  Job(
    id: String(repeating: "a", count: 7) + String(sequence + 100_000), sequence: Int64(sequence), command: command,
    payload: Array(#"{"n":1}"#.utf8), environment: environment, createdAt: now)
}

func makeEnvironment(_ name: String, isActive: Bool = false) -> Environment {
  Environment(
    id: "id-" + name, name: name, baseURL: "https://\(name).test/graphql", isActive: isActive, createdAt: now)
}

func makeLogin(_ environment: String, id: String = "login", username: String = "ada") -> SealedLogin {
  SealedLogin(
    id: id, environmentID: "id-" + environment, username: username, sealedAccessToken: [1, 2, 3],
    accessExpiresAt: now + .seconds(900), sealedRefreshToken: [4, 5], refreshExpiresAt: nil, generation: 1,
    failedAuthJobs: 0)
}

extension Store {
  /// Commits, and syncs like a turn that tells a client something.
  func commit(_ writes: [StoreWrite], durable: Bool) throws(StoreError) -> [Int: StoreError] {
    if durable { try checkPlace() }
    let refused = try commit(writes)
    if durable { try sync() }
    return refused
  }
}

extension JobVersion {
  /// Of a job that was submitted and no more.
  static let new = JobVersion(status: .pending, attempt: 0)
}

func readFile(_ path: String) -> [UInt8] {
  let descriptor = open(path, O_RDONLY)
  defer { close(descriptor) }
  var bytes: [UInt8] = []
  var buffer = [UInt8](repeating: 0, count: 65536)
  while case let count = read(descriptor, &buffer, buffer.count), count > 0 { bytes += buffer[..<count] }
  return bytes
}

func writeFile(_ path: String, _ bytes: [UInt8]) {
  let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
  defer { close(descriptor) }
  #expect(write(descriptor, bytes, bytes.count) == bytes.count)
}
