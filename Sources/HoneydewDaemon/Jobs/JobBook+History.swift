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

  /// How many of the job's latest attempts had an answer and no place for it.
  func unkeptRuns(of job: Job) -> Int {
    let past = gate.reading { store throws(StoreError) in try store.attempts(sequence: job.sequence) } ?? []
    return past.reversed().prefix { $0.outcome == .interrupted && $0.error.map { $0.code != .interrupted } ?? false }
      .count
  }
}
