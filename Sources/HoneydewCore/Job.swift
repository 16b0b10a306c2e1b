/// The five states of a job. A job is in exactly one; the last three are ends.
public enum JobStatus: String, CaseIterable, Sendable {
  case pending, running, completed, failed, cancelled

  public var isEnd: Bool { self != .pending && self != .running }
}

/// A whole job, as its row holds it.
public struct Job: Equatable, Sendable {
  /// Of an id; what is shorter can only be the beginning of one.
  public static let idLength = 13

  /// `idLength` random lower-case base32 characters.
  public var id: String
  /// Submission order; unique and growing.
  public var sequence: Int64
  public var command: String
  /// The uid of who submitted it, or added the schedule that made it.
  public var submitter: UInt32
  /// JSON text, as it was submitted.
  public var payload: [UInt8]
  /// Higher runs first.
  public var priority: Int32
  public var status: JobStatus
  /// The environment's name; nil for a command that calls no API.
  public var environment: String?
  /// The pool whose workers carry it out.
  public var pool: String
  /// What people know a local command by; nil for other jobs.
  public var local: LocalOutline?
  /// Grows at each dispatch; answers of an older attempt change nothing.
  public var attempt: Int32
  /// Counted failures, worker crashes included.
  public var retryCount: Int32
  public var maxRetries: Int32
  /// Workers that this job killed in a row.
  public var crashCount: Int32
  /// Of one attempt; nil is the configured default.
  public var timeoutMilliseconds: Int64?
  /// The submitter's own names and values, for finding the job.
  public var labels: [String: String]
  /// Names the submission, so that it can be repeated without a second job.
  public var idempotency: Idempotency?
  /// The schedule that made it; nil when a client did.
  public var origin: JobOrigin?
  /// The worker's number of the latest attempt.
  public var worker: Int32?
  /// Not before this moment, while pending.
  public var nextRunAt: Timestamp?
  public var createdAt: Timestamp
  public var updatedAt: Timestamp
  public var startedAt: Timestamp?
  public var completedAt: Timestamp?
  public var result: JobResult?
  public var error: JobError?

  public init(
    id: String, sequence: Int64, command: String, submitter: UInt32 = 0, payload: [UInt8], priority: Int32 = 0,
    status: JobStatus = .pending, environment: String? = nil, pool: String = PoolRules.api, local: LocalOutline? = nil,
    attempt: Int32 = 0, retryCount: Int32 = 0,
    maxRetries: Int32 = 3, crashCount: Int32 = 0, timeoutMilliseconds: Int64? = nil, labels: [String: String] = [:],
    idempotency: Idempotency? = nil, origin: JobOrigin? = nil, worker: Int32? = nil, nextRunAt: Timestamp? = nil,
    createdAt: Timestamp,
    updatedAt: Timestamp? = nil, startedAt: Timestamp? = nil, completedAt: Timestamp? = nil,
    result: JobResult? = nil, error: JobError? = nil
  ) {
    self.id = id
    self.sequence = sequence
    self.command = command
    self.submitter = submitter
    self.payload = payload
    self.priority = priority
    self.status = status
    self.environment = environment
    self.pool = pool
    self.local = local
    self.attempt = attempt
    self.retryCount = retryCount
    self.maxRetries = maxRetries
    self.crashCount = crashCount
    self.timeoutMilliseconds = timeoutMilliseconds
    self.labels = labels
    self.idempotency = idempotency
    self.origin = origin
    self.worker = worker
    self.nextRunAt = nextRunAt
    self.createdAt = createdAt
    self.updatedAt = updatedAt ?? createdAt
    self.startedAt = startedAt
    self.completedAt = completedAt
    self.result = result
    self.error = error
  }
}

/// What makes a repeated submission the same one.
public struct Idempotency: Equatable, Sendable {
  /// The client's key.
  public var key: String
  /// The options that came with it, as canonical JSON text.
  public var options: String

  public init(key: String, options: String) {
    self.key = key
    self.options = options
  }
}

/// An attempt that has ended and did not end its job, or whose job was reopened after it: a row of the job's history.
public struct PastAttempt: Equatable, Sendable {
  public var attempt: Int32
  public var worker: Int32?
  public var startedAt: Timestamp
  public var endedAt: Timestamp
  public var outcome: Outcome
  public var error: JobError?
  /// What a local command reports of it: JSON text as in the job's result.
  public var report: [UInt8]?

  public enum Outcome: String, CaseIterable, Sendable {
    case completed, failed, cancelled
    /// Its worker died, or broke the protocol.
    case crashed
    /// The daemon ended it.
    case interrupted
  }

  public init(
    attempt: Int32, worker: Int32?, startedAt: Timestamp, endedAt: Timestamp, outcome: Outcome, error: JobError? = nil,
    report: [UInt8]? = nil
  ) {
    self.attempt = attempt
    self.worker = worker
    self.startedAt = startedAt
    self.endedAt = endedAt
    self.outcome = outcome
    self.error = error
    self.report = report
  }
}

/// A job's result: JSON text, the bytes of `data` as the API sent them.
public enum JobResult: Equatable, Sendable {
  case inline([UInt8])
  /// A file under `results/`.
  case spooled(file: String, size: Int64)
}

/// Why a job failed: a code of the error table and a text for people.
public struct JobError: Error, Equatable, Sendable, CustomStringConvertible {
  public var code: ErrorCode
  public var text: String

  public init(_ code: ErrorCode, _ text: String) {
    self.code = code
    self.text = text
  }

  /// `CODE: text`, the form of the job's `error` field.
  public var description: String { "\(code.rawValue): \(text)" }
}

/// The stable codes with which a job's attempt can fail.
public enum ErrorCode: String, CaseIterable, Sendable {
  case invalidPayload = "INVALID_PAYLOAD"
  case unknownCommand = "UNKNOWN_COMMAND"
  case authRequired = "AUTH_REQUIRED"
  case authExpired = "AUTH_EXPIRED"
  case authInvalid = "AUTH_INVALID"
  case authNetworkError = "AUTH_NETWORK_ERROR"
  case apiError = "API_ERROR"
  case apiUnavailable = "API_UNAVAILABLE"
  case rateLimited = "RATE_LIMITED"
  case networkError = "NETWORK_ERROR"
  case responseTooLarge = "RESPONSE_TOO_LARGE"
  case timeout = "TIMEOUT"
  case workerCrashed = "WORKER_CRASHED"
  case protocolError = "PROTOCOL_ERROR"
  case exitStatus = "EXIT_STATUS"
  case execFailed = "EXEC_FAILED"
  case interrupted = "INTERRUPTED"
  case cancelled = "CANCELLED"
}
