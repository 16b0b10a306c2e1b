internal import HoneydewCore
internal import HoneydewMessages
internal import HoneydewRPC
internal import HoneydewStore

/// Finds a page of jobs in steps, newest first.
final class JobListing: Stepwise {
  private let request: JobListRequest
  private let turn: Turn
  private let client: UnaryCall<Honeydew_ListJobsResponse>
  /// Only older jobs are left to look at.
  private var position: Int64
  private var found: [Job] = []

  /// - Parameter newest: the last job that there is.
  init(_ request: JobListRequest, newest: Int64, turn: Turn, client: UnaryCall<Honeydew_ListJobsResponse>) {
    self.request = request
    self.turn = turn
    self.client = client
    position = request.after?.sequence ?? newest + 1
  }

  func step(_ store: Store) throws(StoreError) -> Bool {
    guard !client.isCancelled else { return true }
    let end = position - StepSize.window
    let rows = min(request.limit - found.count, StepSize.rows)
    let page = try store.jobs(filter: request.filter, before: position, downTo: end, limit: rows)
    found += page
    position = page.count == rows ? page[rows - 1].sequence : end
    guard found.count == request.limit || position <= 1 else { return false }
    turn.answer(client, request.response(found))
    return true
  }

  func abandon(_ refusal: Refusal) {
    turn.refuse(client, refusal)
  }
}
