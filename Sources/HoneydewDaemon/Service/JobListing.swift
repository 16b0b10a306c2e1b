internal import HoneydewCore
internal import HoneydewMessages
internal import HoneydewProtobuf
internal import HoneydewRPC
internal import HoneydewStore

/// A checked `ListJobsRequest`.
struct JobListRequest {
  var filter: JobFilter
  var before: Int64?
  var limit = 50
  /// The fields of the filter as text, which a cursor belongs to.
  let text: String

  /// How much may be shown of the jobs that somebody has submitted.
  let access: Access

  init(_ request: Honeydew_ListJobsRequest, _ access: Access) throws(Refusal) {
    self.access = access
    filter = try JobFilter(
      .with {
        $0.status = request.status
        $0.command = request.command
        $0.environment = request.environment
        $0.label = request.label
        $0.createdFrom = request.createdFrom
        $0.createdBefore = request.createdBefore
        $0.schedule = request.schedule
        if request.hasSubmittedBy { $0.submittedBy = request.submittedBy }
      })
    filter.submitter = try access.seen.narrow(to: filter.submitter)
    text = [
      request.status, request.command, request.environment, request.label, request.createdFrom, request.createdBefore,
      request.schedule, filter.submitter.map { String($0) } ?? "",
    ].joined(separator: "\n")
    if request.limit != 0 {
      guard (1...1000).contains(request.limit) else { throw .outOfRange("limit", request.limit, 1...1000) }
      limit = Int(request.limit)
    }
    if !request.cursor.isEmpty {
      guard let cursor = ListCursor(request.cursor, of: text) else {
        throw .invalid("cursor", "cursor is not the next_cursor of a page of this same query")
      }
      before = cursor.sequence
    }
  }
}

/// Finds a page of jobs in steps, newest first.
final class JobListing: Stepwise {
  /// As much as fits a default client's 4 MiB.
  private static let pageBytes = 2 << 20

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
    position = request.before ?? newest + 1
  }

  func step(_ store: Store) throws(StoreError) -> Bool {
    guard !client.isCancelled else { return true }
    let end = position - StepSize.window
    let rows = min(request.limit - found.count, StepSize.rows)
    let page = try store.jobs(filter: request.filter, before: position, downTo: end, limit: rows)
    found += page
    position = page.count == rows ? page[rows - 1].sequence : end
    guard found.count == request.limit || position <= 1 else { return false }
    turn.answer(client, response)
    return true
  }

  private var response: Honeydew_ListJobsResponse {
    var bytes = 0
    let page = found.prefix { job in
      bytes += job.listedBytes
      return bytes <= Self.pageBytes
    }
    return .with {
      $0.jobs = page.map { Honeydew_JobStatus($0, request.access.sight(of: $0.submitter)) }
      if page.count == request.limit || page.count < found.count, let last = page.last {
        $0.nextCursor = ListCursor(after: last.sequence, of: request.text).text
      }
    }
  }

  func abandon(_ refusal: Refusal) {
    turn.refuse(client, refusal)
  }
}

extension Job {
  /// About what the job takes in a list.
  fileprivate var listedBytes: Int {
    let labels = labels.reduce(0) { $0 + $1.key.utf8.count + $1.value.utf8.count + 8 }
    return 512 + labels + (error?.text.utf8.count ?? 0) + (idempotency?.key.utf8.count ?? 0)
  }
}
