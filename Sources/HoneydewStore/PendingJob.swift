public import HoneydewCore

/// What the queue keeps of a pending job.
public struct PendingJob: Equatable, Sendable {
  public var sequence: Int64
  public var command: String
  public var priority: Int32
  public var environment: String?
  public var pool: String
  public var attempt: Int32
  /// Not before this moment.
  public var nextRunAt: Timestamp?
  /// The name of the schedule that made it.
  public var schedule: String?
  /// The uid of who submitted it.
  public var submitter: UInt32
  /// Whether it waits until earlier jobs of the schedule have ended.
  public var isSerial: Bool
}
