/// Why a request is refused: a stable reason for programs, and a sentence for people that says what to do.
public struct Refusal: Error, Equatable, Sendable {
  public var reason: Reason
  public var text: String
  /// Facts for programs, such as the `field` that is wrong or the `job_id` that is in the way.
  public var facts: [String: String]

  public init(_ reason: Reason, _ text: String, facts: [String: String] = [:]) {
    self.reason = reason
    self.text = text
    self.facts = facts
  }

  /// The reasons that clients may rely on: none is renamed, and none changes its meaning.
  public enum Reason: String, CaseIterable, Sendable {
    case invalidArgument = "INVALID_ARGUMENT"
    case unknownCommand = "UNKNOWN_COMMAND"
    case diagnosticsOff = "DIAGNOSTICS_OFF"

    case permissionDenied = "PERMISSION_DENIED"

    case jobNotFound = "JOB_NOT_FOUND"
    case ambiguousID = "AMBIGUOUS_ID"
    case wrongState = "WRONG_STATE"
    case idempotencyConflict = "IDEMPOTENCY_CONFLICT"
    case tooManyWaits = "TOO_MANY_WAITS"
    case noResult = "NO_RESULT"
    case noOutput = "NO_OUTPUT"
    case resultLost = "RESULT_LOST"

    case scheduleNotFound = "SCHEDULE_NOT_FOUND"
    case scheduleExists = "SCHEDULE_EXISTS"
    case scheduleBusy = "SCHEDULE_BUSY"

    case environmentNotFound = "ENVIRONMENT_NOT_FOUND"
    case environmentExists = "ENVIRONMENT_EXISTS"
    case environmentActive = "ENVIRONMENT_ACTIVE"
    case environmentInUse = "ENVIRONMENT_IN_USE"

    case poolNotFound = "POOL_NOT_FOUND"
    case workerNotFound = "WORKER_NOT_FOUND"
    case workerNotReady = "WORKER_NOT_READY"

    case sealingFailed = "SEALING_FAILED"
    case keyIsCredential = "KEY_IS_CREDENTIAL"
    case keyRotationRunning = "KEY_ROTATION_RUNNING"
    case keyRotationFailed = "KEY_ROTATION_FAILED"

    case configInvalid = "CONFIG_INVALID"
    case outOfDescriptors = "OUT_OF_DESCRIPTORS"
    case storeUnavailable = "STORE_UNAVAILABLE"
    case diskFull = "DISK_FULL"
    case writeRefused = "WRITE_REFUSED"
    case rowUnreadable = "ROW_UNREADABLE"
    case shuttingDown = "SHUTTING_DOWN"

    // What a login can fail with: codes of the table of errors.
    case apiError = "API_ERROR"
    case apiUnavailable = "API_UNAVAILABLE"
    case authInvalid = "AUTH_INVALID"
    case networkError = "NETWORK_ERROR"
    case protocolError = "PROTOCOL_ERROR"
    case rateLimited = "RATE_LIMITED"
    case responseTooLarge = "RESPONSE_TOO_LARGE"
    case timeout = "TIMEOUT"
    case workerCrashed = "WORKER_CRASHED"
  }

  /// Whether it is news of stored state, such as a job's end, which may not be told before that is on disk.
  public var tellsOfStoredState: Bool {
    switch reason {
    case .wrongState, .idempotencyConflict, .noResult, .noOutput, .scheduleExists, .scheduleBusy, .environmentExists,
      .environmentActive, .environmentInUse:
      true
    default: false
    }
  }

  /// A field of the request that is wrong.
  public static func invalid(_ field: String, _ text: String) -> Refusal {
    Refusal(.invalidArgument, text, facts: ["field": field])
  }

  /// A number that is outside of its limits: the field, the limits and the number are all told.
  public static func outOfRange(_ field: String, _ value: some BinaryInteger, _ range: ClosedRange<Int64>) -> Refusal {
    invalid(field, "\(field) is \(value); it must be \(range.lowerBound) to \(range.upperBound)")
  }

  public static let storeUnavailable = Refusal(
    .storeUnavailable,
    "the job store is down; whether anything has changed is not known. Look at `honeydew status`, and repeat the call "
      + "later, a submission with an idempotency key")

  /// - Parameter path: of the database.
  public static func diskFull(_ path: String) -> Refusal {
    Refusal(
      .diskFull,
      "the disk of \(path) is full, so that no job is taken and none is started. Remove ended jobs (honeydew job remove), "
        + "or free some space on the disk")
  }

  /// A write that the database refused, since a row is not as the daemon knows it. Nothing of the call was done.
  public static let writeRefused = Refusal(
    .writeRefused,
    "the database refused the change, because a row was changed by somebody else. Nothing was done; look at what is "
      + "there, and repeat the call")

  /// - Parameter text: which row of which file, and what is wrong with it.
  public static func rowUnreadable(_ text: String) -> Refusal {
    Refusal(.rowUnreadable, "a row of the database cannot be read, which no daemon wrote so: \(text)")
  }

  public static let shuttingDown = Refusal(
    .shuttingDown, "the daemon is shutting down; repeat the call when it is back")

  public static func sealingFailed(_ what: String, _ error: any Error) -> Refusal {
    Refusal(.sealingFailed, "\(what) could not be sealed or opened: \(error)")
  }
}
