internal import HoneydewCore
internal import HoneydewRPC
internal import HoneydewWire

/// A call of the API that has no row, such as a login: it takes the next free slot, whatever is queued.
final class InternalCall {
  /// Its `job_id` names the call on the worker's channel.
  let run: Honeydew_Worker_Run
  /// A refresh may have used up the old refresh token: its answer is heard again when it could not be stored.
  let isRefresh: Bool
  /// Runs while the turn decides; at most once, but for a refresh.
  let completion: (Result<Honeydew_Worker_Result, Status>) -> Void

  /// Under which the API knows the call of this id, which has one attempt.
  static func requestID(_ id: String) -> String { WorkID(id: id, attempt: 1).requestID }

  init(
    run: Honeydew_Worker_Run, isRefresh: Bool = false,
    completion: @escaping (Result<Honeydew_Worker_Result, Status>) -> Void
  ) {
    self.run = run
    self.isRefresh = isRefresh
    self.completion = completion
  }
}
