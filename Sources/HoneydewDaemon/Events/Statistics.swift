internal import HoneydewCore

/// What has become of jobs since the daemon's start, for those who look at it.
final class Statistics {
  private(set) var submitted = RecentCount()
  private(set) var completed = RecentCount()
  private(set) var failed = RecentCount()
  private(set) var failuresByCode: [String: Int64] = [:]

  func note(_ event: JobEvent, at now: Duration) {
    switch event.kind {
    case .submitted: submitted.add(at: now)
    case .completed: completed.add(at: now)
    case .failed:
      failed.add(at: now)
      if let code = event.error?.code { failuresByCode[code.rawValue, default: 0] += 1 }
    case .started, .retrying, .requeued, .cancelled, .reopened, .reprioritized, .removed: break
    }
  }
}
