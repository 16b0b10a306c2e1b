/// What happened to a job: one value for each transition, from which the log's line, the statistics and the answers to
/// those who wait all come.
public struct JobEvent: Equatable, Sendable {
  public enum Kind: Equatable, Sendable {
    case submitted
    case started
    /// An attempt failed, or none could be made, and another follows.
    case retrying
    /// An attempt ended without a fault of the job's, which is pending again.
    case requeued
    /// - Parameter after: how long the last attempt ran.
    case completed(after: Duration)
    /// - Parameter after: how long the last attempt ran; zero where none was made, or nobody saw its end.
    case failed(after: Duration)
    case cancelled
    case reopened
    case reprioritized
    /// An ended job is gone, with its result.
    case removed
  }

  public var kind: Kind
  public var id: String
  public var sequence: Int64
  public var command: String
  /// The environment's name; nil for a command that calls no API.
  public var environment: String?
  public var priority: Int32
  /// The latest attempt, 0 before the first.
  public var attempt: Int32
  public var worker: Int32?
  public var retryCount: Int32
  public var error: JobError?
  public var nextRunAt: Timestamp?
  /// The client whose call it was, where it was the only job of that call.
  public var caller: Caller?

  public init(_ kind: Kind, _ job: Job) {
    self.kind = kind
    id = job.id
    sequence = job.sequence
    command = job.command
    environment = job.environment
    priority = job.priority
    attempt = job.attempt
    worker = job.worker
    retryCount = job.retryCount
    error = job.error
    nextRunAt = job.nextRunAt
  }

  /// The removal of an ended job, of which no more is known: it is not read for that.
  public init(removing id: String, sequence: Int64, command: String, attempt: Int32) {
    kind = .removed
    self.id = id
    self.sequence = sequence
    self.command = command
    self.attempt = attempt
    priority = 0
    retryCount = 0
  }

  /// Whether it is one of the three ends of a job.
  public var isEnd: Bool {
    switch kind {
    case .completed, .failed, .cancelled: true
    default: false
    }
  }

  /// Under which id the API knows the latest attempt; nil for a job that has sent it nothing.
  public var requestID: String? {
    environment == nil || attempt == 0 ? nil : WorkID(id: id, attempt: attempt).requestID
  }
}
