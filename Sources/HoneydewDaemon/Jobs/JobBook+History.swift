internal import HoneydewCore
internal import HoneydewStore

/// What is read of a job beside its row.
extension JobBook {
  func payloadLength(sequence: Int64) throws(Refusal) -> Int {
    try gate.read { store throws(StoreError) in try store.payloadLength(sequence: sequence) }
  }

  /// A job's attempts in order; the latest stands in the job itself.
  func attempts(of job: Job) throws(Refusal) -> [PastAttempt] {
    let past = try gate.read { store throws(StoreError) in try store.attempts(sequence: job.sequence) }
    guard let last = job.lastAttempt, past.last?.attempt != last.attempt else { return past }
    return past + [last]
  }
}
