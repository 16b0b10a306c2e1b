internal import HoneydewRPC
internal import HoneydewWire

/// A call of the API that has no row, such as a login: it takes the next free slot, whatever is queued.
final class InternalCall {
  /// Its `job_id` names the call on the worker's channel.
  let run: Honeydew_Worker_Run
  /// Runs while the turn decides; at most once.
  let completion: (Result<Honeydew_Worker_Result, Status>) -> Void

  init(run: Honeydew_Worker_Run, completion: @escaping (Result<Honeydew_Worker_Result, Status>) -> Void) {
    self.run = run
    self.completion = completion
  }
}
