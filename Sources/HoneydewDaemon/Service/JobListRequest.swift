internal import HoneydewCore
internal import HoneydewMessages
internal import HoneydewProtobuf
internal import HoneydewStore

/// A checked `ListJobsRequest`.
struct JobListRequest {
  enum Order: String, CaseIterable {
    /// The newest submission first.
    case created
    /// Ended jobs only, the latest end first.
    case ended
  }

  var filter: JobFilter
  var order = Order.created
  /// Where the previous page ended.
  var after: ListCursor?
  var limit = 50
  /// The fields of the filter as text, which a cursor belongs to.
  let text: String

  /// How much may be shown of the jobs that somebody has submitted.
  let access: Access
  /// Completes what a row says of a job.
  let complete: (Job, inout Honeydew_JobStatus) -> Void

  init(
    _ request: Honeydew_ListJobsRequest, _ access: Access, complete: @escaping (Job, inout Honeydew_JobStatus) -> Void
  ) throws(Refusal) {
    self.access = access
    self.complete = complete
    filter = try JobFilter(
      .with {
        $0.status = request.status
        $0.command = request.command
        $0.environment = request.environment
        $0.label = request.label
        $0.labels = request.labels
        $0.createdFrom = request.createdFrom
        $0.createdBefore = request.createdBefore
        $0.endedFrom = request.endedFrom
        $0.endedBefore = request.endedBefore
        $0.schedule = request.schedule
        $0.pool = request.pool
        $0.cwd = request.cwd
        if request.hasSubmittedBy { $0.submittedBy = request.submittedBy }
      })
    filter.submitter = try access.seen.narrow(to: filter.submitter)
    text = [
      request.status, request.command, request.environment, request.label, request.createdFrom, request.createdBefore,
      request.schedule, filter.submitter.map { String($0) } ?? "", request.endedFrom, request.endedBefore,
      request.order, request.labels.joined(separator: "\n"), request.pool,
      request.cwd,
    ].joined(separator: "\n")
    if !request.order.isEmpty { order = try Self.order(request.order) }
    if order == .ended { try admitOnlyEnds() }
    if request.limit != 0 {
      guard (1...1000).contains(request.limit) else { throw .outOfRange("limit", request.limit, 1...1000) }
      limit = Int(request.limit)
    }
    if !request.cursor.isEmpty {
      guard let cursor = ListCursor(request.cursor, of: text) else {
        throw .invalid("cursor", "cursor is not the next_cursor of a page of this same query")
      }
      after = cursor
    }
  }

  private static func order(_ word: String) throws(Refusal) -> Order {
    guard let order = Order(rawValue: word) else {
      let words = Order.allCases.map(\.rawValue).joined(separator: ", ")
      throw .invalid("order", "there is no order \"\(word.printable)\"; it is one of \(words)")
    }
    return order
  }

  private mutating func admitOnlyEnds() throws(Refusal) {
    let ends = Set(JobStatus.allCases.filter(\.isEnd))
    if filter.statuses.isEmpty { filter.statuses = ends }
    guard filter.statuses.isSubset(of: ends) else {
      throw .invalid(
        "order", "only jobs that have ended have an order by their ends; leave out the order or the status")
    }
  }
}

extension JobListRequest {
  /// As much as fits a default client's 4 MiB.
  private static let pageBytes = 2 << 20

  /// The answer.
  ///
  /// - Parameter found: the page's jobs, in their order.
  func response(_ found: [Job]) -> Honeydew_ListJobsResponse {
    var bytes = 0
    let page = found.prefix { job in
      bytes += job.listedBytes
      return bytes <= Self.pageBytes
    }
    return .with {
      $0.jobs = page.map { job in
        var status = Honeydew_JobStatus(job, access.sight(of: job.submitter))
        complete(job, &status)
        return status
      }
      if page.count == limit || page.count < found.count, let last = page.last {
        $0.nextCursor =
          ListCursor(after: last.sequence, end: order == .ended ? last.completedAt : nil, of: text).text
      }
    }
  }
}

extension Job {
  /// About what the job takes in a list.
  fileprivate var listedBytes: Int {
    let labels = labels.reduce(0) { $0 + $1.key.utf8.count + $1.value.utf8.count + 8 }
    let outline = local.map { $0.title.utf8.count + $0.directory.utf8.count + $0.description.utf8.count } ?? 0
    return 512 + labels + outline + (error?.text.utf8.count ?? 0) + (idempotency?.key.utf8.count ?? 0)
  }
}
