/// When the process of a healthy worker is replaced, so that what it leaks never becomes much.
public struct Recycling: Equatable, Sendable {
  /// Jobs of one process; nil for any number.
  public var maximumJobs: Int?
  /// Since the start of the process; nil for ever.
  public var maximumAge: Duration?
  /// What the process may hold between two jobs; nil for any amount.
  public var maximumResidentBytes: UInt64?

  public init(maximumJobs: Int? = nil, maximumAge: Duration? = nil, maximumResidentBytes: UInt64? = nil) {
    self.maximumJobs = maximumJobs
    self.maximumAge = maximumAge
    self.maximumResidentBytes = maximumResidentBytes
  }

  /// The age at which a process is due.
  ///
  /// - Parameter jitter: a random number in `0..<1`, the process's own: it brings the end forward by up to a tenth, so
  ///   that workers that began together do not end together.
  func age(jitter: Double) -> Duration? { maximumAge.map { $0 - $0 * (jitter * 0.1) } }

  /// Why the process is due now; nil while it is not.
  ///
  /// Memory counts only after the first job: a process that starts too large is not made smaller by another one.
  func cause(jobs: Int, age: Duration, residentBytes: UInt64, jitter: Double) -> String? {
    if let maximumJobs, jobs >= max(1, maximumJobs - Int(Double(maximumJobs) * jitter * 0.1)) {
      return "recycled after \(jobs) jobs (worker.max_jobs)"
    }
    if let limit = self.age(jitter: jitter), age >= limit {
      return "recycled at an age of \(DurationText.format(.seconds(age.components.seconds))) (worker.max_age)"
    }
    if let maximumResidentBytes, jobs > 0, residentBytes > maximumResidentBytes {
      return "recycled with \(residentBytes >> 20) MiB of memory (worker.max_rss_mb)"
    }
    return nil
  }
}
