internal import Glibc
internal import HoneydewSystem

/// Descendants of workers that outlived them. The daemon adopts such processes as a child subreaper, kills and reaps them.
final class Orphans {
  private let log: Log
  /// Whether a child is a worker that the pool knows.
  var isKnown: (Int32) -> Bool = { _ in false }

  init(log: Log) {
    self.log = log
  }

  /// Kills the adopted children; SIGCHLD tells when they can be reaped.
  func killAll() {
    let children = (try? ProcessTable.children()) ?? []
    for pid in children where !isKnown(pid) { kill(pid, SIGKILL) }
  }

  /// Reaps the adopted children that have ended, and kills those that were adopted from them.
  func reap() {
    var hasReaped = false
    while let pid = try? Process.peekEndedChild(), !isKnown(pid), (try? Process.reap(pid)) != nil {
      log.info("orphan reaped", ["pid": .int(pid)])
      hasReaped = true
    }
    if hasReaped { killAll() }
  }
}
