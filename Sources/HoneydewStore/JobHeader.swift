public import HoneydewCore

/// What the queue needs to know of a job: its row without payload, history and result.
public struct JobHeader: Equatable, Sendable {
  public var sequence: Int64
  public var id: String
  public var command: String
  public var priority: Int32
  public var status: JobStatus
  public var environment: String?
  public var attempt: Int32
  public var retryCount: Int32
  public var maxRetries: Int32
  public var crashCount: Int32
  public var timeoutMilliseconds: Int64?
  public var nextRunAt: Timestamp?
}

/// Which jobs a list shows. Fields that are nil admit everything.
public struct JobFilter: Equatable, Sendable {
  public var status: JobStatus?
  public var command: String?
  /// The environment's name.
  public var environment: String?

  public init(status: JobStatus? = nil, command: String? = nil, environment: String? = nil) {
    self.status = status
    self.command = command
    self.environment = environment
  }
}
