internal import HoneydewCore

/// What has become of jobs since the daemon's start, for those who look at it. Told after the commit.
final class Statistics {
  private(set) var submitted = RecentCount()
  private(set) var completed = RecentCount()
  private(set) var failed = RecentCount()
  private(set) var failuresByCode: [String: Int64] = [:]

  func jobSubmitted(at now: Duration) { submitted.add(at: now) }

  func jobCompleted(at now: Duration) { completed.add(at: now) }

  func jobFailed(_ code: ErrorCode?, at now: Duration) {
    failed.add(at: now)
    if let code { failuresByCode[code.rawValue, default: 0] += 1 }
  }
}
