internal import HoneydewCore

extension Supervisor {
  /// What the service manager shows of the daemon.
  var serviceStatus: String {
    let running = jobs.committedCounts[.running, default: 0]
    if drain != nil { return "stopping: \(running) running jobs" }
    let counts = "\(running) jobs running, \(jobs.committedCounts[.pending, default: 0]) pending"
    let reasons = degradedReasons
    return reasons.isEmpty ? counts : "degraded: \(reasons.joined(separator: "; ")); \(counts)"
  }
}
