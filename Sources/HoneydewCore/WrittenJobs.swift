/// Pending jobs as this process has written their rows, so that they need not be read before their first start.
///
/// A few of them, and those that came first, as they start first; memory stays bounded however many are submitted.
public struct WrittenJobs {
  /// More jobs than this are not kept.
  static let countLimit = 4096
  /// Nor more bytes of payloads than this.
  static let payloadLimit = 1 << 20

  private var jobs: [Int64: Job] = [:]
  private var payloadBytes = 0

  public init() {}

  /// The job with this sequence as its row has it; nil when the row must be read.
  public subscript(sequence: Int64) -> Job? { jobs[sequence] }

  /// Notes what is written of a job: kept is one that may start now.
  public mutating func note(_ job: Job) {
    remove(job.sequence)
    guard job.status == .pending, job.nextRunAt == nil, jobs.count < Self.countLimit,
      payloadBytes + job.payload.count <= Self.payloadLimit
    else { return }
    jobs[job.sequence] = job
    payloadBytes += job.payload.count
  }

  /// Forgets a job whose row is written without being known as a whole.
  public mutating func remove(_ sequence: Int64) {
    guard !jobs.isEmpty, let job = jobs.removeValue(forKey: sequence) else { return }
    payloadBytes -= job.payload.count
  }

  public mutating func removeAll() {
    self = WrittenJobs()
  }
}
