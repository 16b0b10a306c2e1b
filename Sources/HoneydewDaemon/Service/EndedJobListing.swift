internal import HoneydewCore
internal import HoneydewMessages
internal import HoneydewRPC
internal import HoneydewStore

/// Finds a page of ended jobs in steps, the latest end first. An index of ends would cost every job, so each page walks
/// through all jobs that may pass, newest first, and keeps as many as it has room for.
final class EndedJobListing: Stepwise {
  private let request: JobListRequest
  private let turn: Turn
  private let client: UnaryCall<Honeydew_ListJobsResponse>
  /// Only older jobs are left to look at.
  private var position: Int64
  /// The best so far, in their order.
  private var found: [Job] = []

  /// - Parameter newest: the last job that there is.
  init(_ request: JobListRequest, newest: Int64, turn: Turn, client: UnaryCall<Honeydew_ListJobsResponse>) {
    self.request = request
    self.turn = turn
    self.client = client
    position = newest + 1
  }

  func step(_ store: Store) throws(StoreError) -> Bool {
    guard !client.isCancelled else { return true }
    let end = position - StepSize.window
    let page = try store.jobs(filter: filter, before: position, downTo: end, limit: StepSize.rows)
    position = page.count == StepSize.rows ? page[StepSize.rows - 1].sequence : end
    keepBest(of: page)
    guard position <= 1 else { return false }
    turn.answer(client, request.response(found))
    return true
  }

  /// Leaves out what belongs on earlier pages, and what the full page has no room for.
  private var filter: JobFilter {
    var filter = request.filter
    if let end = request.after?.end {
      let next = end + .milliseconds(1)
      filter.endedBefore = min(filter.endedBefore ?? next, next)
    }
    if found.count == request.limit, let worst = found.last?.completedAt {
      filter.endedFrom = max(filter.endedFrom ?? worst, worst)
    }
    return filter
  }

  private func keepBest(of page: [Job]) {
    let place = { (job: Job) in (job.completedAt ?? job.updatedAt, job.sequence) }
    let previous = request.after.map { ($0.end ?? turn.wallNow, $0.sequence) }
    let candidates = page.filter { job in previous.map { place(job) < $0 } ?? true }
    guard !candidates.isEmpty else { return }
    found = Array((found + candidates).sorted { place($0) > place($1) }.prefix(request.limit))
  }

  func abandon(_ refusal: Refusal) {
    turn.refuse(client, refusal)
  }
}
