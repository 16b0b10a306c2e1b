/// One change of the stored state that a turn has decided. The writes of a turn are committed together, in order.
///
/// A job has some thirty fields: it is kept in one place while its write is handed on.
public enum StoreWrite: Equatable, Sendable {
  indirect case insertJob(Job)
  /// Replaces the columns of the job's row that change during its life, found by `sequence`: status, priority,
  /// attempt, worker, counters, times, result and error. Id, command, payload, labels and creation stay. It is refused
  /// when the row is not there or no longer at this version.
  indirect case updateJob(Job, from: JobVersion)
  /// Adds an attempt to the history of the job with this `sequence`.
  case insertAttempt(sequence: Int64, PastAttempt)
  /// Removes an ended job with all that belongs to its row: labels and history. Refused like an update.
  case removeJob(sequence: Int64, from: JobVersion)
  /// Replaces the payload of the job with this `sequence`. A job that is not there is no error.
  case setPayload(sequence: Int64, payload: [UInt8])
  /// The same for the schedule with this id.
  case setSchedulePayload(id: String, payload: [UInt8])
  case insertSchedule(Schedule)
  /// Replaces all columns of the schedule's row but its id, name and creation.
  case updateSchedule(Schedule)
  case removeSchedule(id: String)
  case insertEnvironment(Environment)
  case removeEnvironment(id: String)
  case activateEnvironment(id: String, at: Timestamp)
  /// Replaces the environment's login.
  case saveLogin(SealedLogin, at: Timestamp)
  case removeLogin(environmentID: String)
  case countAuthFailure(environmentID: String, at: Timestamp)
  case setConfig(key: String, value: String)
}

/// The fence of a job's row: who changes it names what it was.
public struct JobVersion: Equatable, Sendable {
  public var status: JobStatus
  public var attempt: Int32

  public init(status: JobStatus, attempt: Int32) {
    self.status = status
    self.attempt = attempt
  }
}

extension Job {
  /// As the job is now.
  public var version: JobVersion { JobVersion(status: status, attempt: attempt) }
}
