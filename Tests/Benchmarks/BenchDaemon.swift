import Glibc
import HoneydewSystem

/// A real honeydewd with its workers in a home of its own.
final class BenchDaemon {
  let home: String
  var socket: String { home + "/daemon.sock" }
  var database: String { home + "/daemon.db" }
  var pid: Int32 { process.pid }
  private let process: ChildProcess

  init(binaries: String, home: String, workers: Int = 4) throws {
    self.home = home
    try Files.makeDirectory(home)
    let configuration = "queue:\n  workers: \(workers)\n  diagnostics: true\n"
    try Files.writeAtomically(Array(configuration.utf8), to: home + "/config.yaml", mode: 0o600)
    let path = binaries + "/honeydewd"
    process = try ChildProcess(
      ChildProcess.Command(
        path: path, arguments: [path, "--home", home], environment: ["PATH=/usr/bin:/bin", "HOME=\(home)"]))
  }

  /// Ends daemon and workers in an orderly way.
  func stop() throws {
    process.signal(SIGTERM)
    try waitForEnd()
  }

  /// Ends them now: the kernel kills the workers with their parent.
  func kill() throws {
    process.signal(SIGKILL)
    try waitForEnd()
  }

  private func waitForEnd() throws {
    while try process.reap() == nil {
      var entry = pollfd(fd: process.fileNumber, events: Int16(POLLIN), revents: 0)
      _ = poll(&entry, 1, 1000)
    }
  }

  var hasEnded: Bool { ((try? process.reap()) ?? nil) != nil }

  /// Waits until the daemon has logged this message.
  func waitForLog(_ message: String) throws {
    let wanted = Array("\"\(message)\"".utf8)
    while true {
      if let log = try? Files.read(home + "/daemon.log", limit: 1 << 24), log.contains(wanted) { return }
      guard !hasEnded else { throw BenchmarkError("honeydewd has ended; see the lines above") }
      usleep(500)
    }
  }
}

extension ProcessFigures {
  /// The daemon and its workers.
  static func family(of daemon: BenchDaemon) throws -> [Int32] {
    let path = "/proc/\(daemon.pid)/task/\(daemon.pid)/children"
    let children = String(decoding: try Files.read(path, limit: 4096), as: UTF8.self).split(separator: " ")
    return [daemon.pid] + children.compactMap { Int32($0) }
  }
}
