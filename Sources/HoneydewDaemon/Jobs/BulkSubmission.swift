internal import HoneydewCore
internal import HoneydewMessages
internal import HoneydewProtobuf
internal import HoneydewRPC
internal import HoneydewStore

/// Many jobs by one call: all of them are checked first, in steps, and then queued in steps. The client is answered when the
/// last is on disk; one wrong job refuses them all.
final class BulkSubmission: Stepwise {
  /// Jobs of one step.
  private static let stepSize = 100
  /// Of the payloads that one step checks: a document takes the longer the longer it is.
  private static let stepBytes = 128 << 10

  private let turn: Turn
  private let desk: SubmissionDesk
  private let jobs: JobBook
  private let client: UnaryCall<Honeydew_SubmitJobsResponse>
  private let access: Access
  private var unchecked: ArraySlice<Honeydew_SubmitJobRequest>
  private var checked: [Job] = []
  /// The first jobs of this call with an idempotency key, by their places.
  private var placesByKey: [String: Int] = [:]
  private var ids: [String] = []

  init(
    _ requests: [Honeydew_SubmitJobRequest], turn: Turn, desk: SubmissionDesk, jobs: JobBook,
    client: UnaryCall<Honeydew_SubmitJobsResponse>, access: Access
  ) {
    self.access = access
    unchecked = requests[...]
    self.turn = turn
    self.desk = desk
    self.jobs = jobs
    self.client = client
  }

  func step(_ store: Store) throws(StoreError) -> Bool {
    guard !client.isCancelled || !ids.isEmpty else { return true }
    do throws(Refusal) {
      var bytes = 0
      for request in unchecked.prefix(Self.stepSize) where bytes < Self.stepBytes {
        try check(request)
        unchecked = unchecked.dropFirst()
        bytes += request.payload.utf8.count
      }
      guard unchecked.isEmpty else { return false }
      // A call of one step is decided at once.
      for _ in 0..<Self.stepSize where ids.count < checked.count && !turn.isHeavy {
        ids.append(try queue(checked[ids.count]))
      }
    } catch {
      turn.refuse(client, error)
      return true
    }
    guard ids.count == checked.count else { return false }
    client.concerns(ids)
    turn.answer(client, .with { $0.jobIds = ids })
    return true
  }

  private func check(_ request: Honeydew_SubmitJobRequest) throws(Refusal) {
    let place = checked.count
    do throws(Refusal) {
      let submission = try Submission(request, by: access)
      let job = try desk.check(submission)
      checked.append(job)
      guard let key = job.idempotency?.key else { return try desk.requireRoom() }
      if let first = placesByKey[key] {
        guard try desk.isRepeated(checked[first], by: job) else { throw .idempotencyConflictWithin }
      } else if let first = try jobs.job(idempotencyKey: key, of: job.submitter) {
        guard try desk.isRepeated(first, by: job) else { throw .idempotencyConflict(first.id) }
      } else {
        try desk.requireRoom()
        placesByKey[key] = place
      }
    } catch {
      throw error.atJob(place)
    }
  }

  /// - Returns: the job's id; under a key that is known, that of the first submission.
  private func queue(_ job: Job) throws(Refusal) -> String {
    guard let key = job.idempotency?.key, let first = try jobs.job(idempotencyKey: key, of: job.submitter) else {
      return desk.queue(job)
    }
    // Somebody else may have used the key since it was checked.
    guard try desk.isRepeated(first, by: job) else { throw .idempotencyConflict(first.id).atJob(ids.count) }
    return first.id
  }

  func abandon(_ refusal: Refusal) {
    turn.refuse(client, refusal)
  }
}
