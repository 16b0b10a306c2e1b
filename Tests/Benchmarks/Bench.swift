import Glibc
import HoneydewSystem

/// One run of all measurements, and what they share.
final class Bench {
  let report: Report
  let directory: TemporaryDirectory
  let loop: EventLoop
  private let binaries: String
  private let peerLoad: String
  // Kept to the end: calls that are still open when a measurement is given up would tell a session that is gone.
  private var sessions: [Session] = []
  private var peers: [Beanstalk] = []
  private var signals: SignalSource?
  private(set) var isInterrupted = false

  init(binaries: String, report: Report) throws {
    self.binaries = binaries
    // Built with this program.
    peerLoad = String(try Files.realPath("/proc/self/exe").dropLast("honeydew-bench".count)) + "beanstalk-load"
    self.report = report
    directory = try TemporaryDirectory()
    loop = try EventLoop()
    signals = try SignalSource([SIGINT, SIGTERM], on: loop) { [unowned self] _ in isInterrupted = true }
  }

  /// Starts a daemon in a home that may have been prepared.
  func startDaemon(home name: String) throws -> Session {
    let daemon = try BenchDaemon(binaries: binaries, home: "\(directory.path)/\(name)")
    let session = Session(daemon, self)
    sessions.append(session)
    return session
  }

  /// Starts a queue to compare with.
  func startPeer(home name: String) throws -> Beanstalk {
    let peer = try Beanstalk(home: "\(directory.path)/\(name)", load: peerLoad)
    peers.append(peer)
    return peer
  }

  /// Leaves nothing behind.
  func close() {
    for peer in peers { peer.kill() }
    for session in sessions { try? session.daemon.kill() }
    directory.remove()
  }
}
