import Glibc
import HoneydewSystem

/// One run of all measurements, and what they share.
final class Bench {
  let report: Report
  let directory: TemporaryDirectory
  let loop: EventLoop
  private let binaries: String
  private var daemons: [DaemonProcess] = []
  private var signals: SignalSource?
  private(set) var isInterrupted = false

  init(binaries: String, report: Report) throws {
    self.binaries = binaries
    self.report = report
    directory = try TemporaryDirectory()
    loop = try EventLoop()
    signals = try SignalSource([SIGINT, SIGTERM], on: loop) { [unowned self] _ in isInterrupted = true }
  }

  /// Starts a daemon in a home that may have been prepared.
  func startDaemon(home name: String) throws -> Session {
    let daemon = try DaemonProcess(binaries: binaries, home: "\(directory.path)/\(name)")
    daemons.append(daemon)
    return Session(daemon, self)
  }

  /// Leaves nothing behind.
  func close() {
    for daemon in daemons { try? daemon.kill() }
    directory.remove()
  }
}
