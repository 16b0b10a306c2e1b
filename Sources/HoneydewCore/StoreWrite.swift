/// One change of the stored state that a turn has decided. The writes of a turn are committed together, in order.
public enum StoreWrite: Equatable, Sendable {
  case insertJob(Job)
  /// Replaces the columns of the job's row that change during its life, found by `sequence`: status, attempt, counters,
  /// times, result and error. Id, command, payload and creation stay.
  case updateJob(Job)
  case insertEnvironment(Environment)
  case removeEnvironment(id: String)
  case activateEnvironment(id: String, at: Timestamp)
  /// Replaces the environment's login.
  case saveLogin(SealedLogin, at: Timestamp)
  case removeLogin(environmentID: String)
  case countAuthFailure(environmentID: String, at: Timestamp)
  case setConfig(key: String, value: String)
}
