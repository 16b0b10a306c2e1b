internal import HoneydewCore
internal import HoneydewFrames
internal import HoneydewMessages
internal import HoneydewProtobuf
internal import HoneydewRPC

/// A call of the API that has no row, such as a login: it takes the next free slot, whatever is queued.
struct InternalCall {
  enum Purpose {
    /// - Parameter environment: its name; it may be gone when the answer comes.
    case login(UnaryCall<Honeydew_LoginResponse>, environment: String, username: String)
    /// - Parameters:
    ///   - environment: its id.
    ///   - generation: of the tokens that it replaces.
    case refresh(environment: String, generation: Int64)
    /// - Parameter environment: as the client is told of it.
    case check(UnaryCall<Honeydew_CheckEnvironmentResponse>, environment: Environment)
  }

  /// Its `job_id` names the call on the worker's channel.
  let run: Honeydew_Worker_Run
  let purpose: Purpose

  /// The call as a worker knows it: it has one attempt.
  var work: WorkID { WorkID(id: run.jobID, attempt: 1) }

  /// - Parameters:
  ///   - id: names it.
  ///   - command: `auth.login`, `auth.refresh` or that of a connection's check.
  init(
    id: String, _ command: String, payload: [UInt8], timeout: Duration, to endpoint: Honeydew_Worker_Endpoint,
    _ purpose: Purpose
  ) {
    run = .with {
      $0.jobID = id
      $0.attempt = 1
      $0.command = command
      $0.payload = String(decoding: payload, as: UTF8.self)
      $0.timeoutMs = timeout.wholeMilliseconds
      $0.endpoint = endpoint
    }
    self.purpose = purpose
  }

  /// Whether it refreshes the tokens of the environment with this id.
  ///
  /// - Parameter generation: of the tokens; nil for whichever.
  func refreshes(_ environment: String, _ generation: Int64? = nil) -> Bool {
    guard case .refresh(environment, let replaced) = purpose else { return false }
    return generation == nil || generation == replaced
  }
}
