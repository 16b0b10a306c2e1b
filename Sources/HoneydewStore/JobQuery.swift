internal import HoneydewCore
internal import HoneydewJSON

/// What of a filtered read decides the text of its statement; all else is bound to it. There are a few dozen.
struct JobQuery: Hashable {
  enum Order { case newestFirst, oldestFirst }
  enum Columns { case list, reference }
  /// Whose jobs are meant; others than the daemon's own user have an index.
  enum Submitter { case anybody, owner, other }

  /// Of the states that the filter admits; nil when it is all of them.
  var statusCount: Int?
  var hasLabel: Bool
  var hasMoreLabels: Bool
  var hasSchedule: Bool
  var hasSchedules: Bool
  var hasPools: Bool
  var hasDirectory: Bool
  var submitter: Submitter
  var order: Order
  var columns: Columns

  /// - Parameter owner: the daemon's own user.
  init(_ filter: JobFilter, _ order: Order, _ columns: Columns, owner: UInt32) {
    statusCount = filter.admittedStatuses?.count
    hasLabel = !filter.labels.isEmpty
    hasMoreLabels = filter.labels.count > 1
    hasSchedule = filter.schedules.count == 1
    hasSchedules = filter.schedules.count > 1
    hasPools = !filter.pools.isEmpty
    hasDirectory = filter.directory != nil
    submitter = filter.submitter.map { $0 == owner ? .owner : .other } ?? .anybody
    self.order = order
    self.columns = columns
  }

  /// Walks an index in the order of seq, and never sorts: the entries of a submitter, of the schedule or of the label, the
  /// merged ones of each state, or the rows themselves.
  var sql: String {
    let columns =
      switch columns {
      case .list: jobColumns
      case .reference: referenceColumns
      }
    let (range, direction) =
      switch order {
      case .newestFirst: ("seq < ?1 AND seq >= ?10", "DESC")
      case .oldestFirst: ("seq > ?1 AND seq <= ?10", "ASC")
      }
    let conditions = """
      \(range)
        AND (?3 IS NULL OR command IN (SELECT value FROM json_each(?3)))
        AND (?4 IS NULL OR environment IN (SELECT value FROM json_each(?4)))
        AND (?5 IS NULL OR created_at >= ?5) AND (?6 IS NULL OR created_at < ?6)
        AND (?7 IS NULL OR completed_at < ?7) AND (?13 IS NULL OR completed_at >= ?13)\(ofPlaces)\(ofSchedules)\(ofSubmitter)\(ofMoreLabels)
      """
    let statuses = statusCount.map { count in (0..<count).map { "?\(17 + $0)" } }
    let ofStatuses = statuses.map { " AND status IN (\($0.joined(separator: ", ")))" } ?? ""
    let selects =
      if submitter == .other {
        // What others have submitted costs this one nothing.
        [
          "SELECT \(columns) FROM jobs INDEXED BY idx_jobs_submitter WHERE \(conditions)" + ofStatuses
            + (hasLabel
              ? " AND EXISTS (SELECT 1 FROM job_labels WHERE name = ?8 AND value = ?9 AND job_labels.seq = jobs.seq)"
              : "")
        ]
      } else if hasSchedule, !hasLabel {
        ["SELECT \(columns) FROM jobs INDEXED BY idx_jobs_schedule WHERE \(conditions)" + ofStatuses]
      } else if hasLabel {
        // A cross join is never turned round: https://www.sqlite.org/lang_select.html
        [
          "SELECT \(columns) FROM job_labels CROSS JOIN jobs USING (seq) WHERE name = ?8 AND value = ?9 AND \(conditions)"
            + ofStatuses
        ]
      } else if let statuses, !statuses.isEmpty {
        statuses.map { "SELECT \(columns) FROM jobs WHERE status = \($0) AND \(conditions)" }
      } else {
        ["SELECT \(columns) FROM jobs WHERE \(conditions)" + (statuses == nil ? "" : " AND false")]
      }
    return selects.joined(separator: " UNION ALL ") + " ORDER BY seq \(direction) LIMIT ?2"
  }

  private var ofPlaces: String {
    (hasPools ? " AND ifnull(pool, '\(PoolRules.api)') IN (SELECT value FROM json_each(?15))" : "")
      + (hasDirectory ? " AND cwd = ?16" : "")
  }

  private var ofSchedules: String {
    hasSchedule ? " AND schedule = ?11" : hasSchedules ? " AND schedule IN (SELECT value FROM json_each(?11))" : ""
  }

  private var ofMoreLabels: String {
    guard hasMoreLabels else { return "" }
    return """
       AND NOT EXISTS (SELECT 1 FROM json_each(?14) AS wanted WHERE NOT EXISTS (
        SELECT 1 FROM job_labels AS carried WHERE carried.name = wanted.value ->> 0
          AND carried.value = wanted.value ->> 1 AND carried.seq = jobs.seq))
      """
  }

  private var ofSubmitter: String {
    switch submitter {
    case .anybody: ""
    case .owner: " AND ifnull(submitted_by, ?12) = ?12"
    case .other: " AND submitted_by = ?12"
    }
  }
}

extension JobFilter {
  /// The states whose jobs can pass; nil when it is all of them.
  var admittedStatuses: [JobStatus]? {
    // Only ended jobs have an end.
    let admitted = JobStatus.allCases.filter {
      (statuses.isEmpty || statuses.contains($0)) && (endedFrom == nil && endedBefore == nil || $0.isEnd)
    }
    return admitted.count == JobStatus.allCases.count ? nil : admitted
  }

  /// Binds the parameters of a statement made from this filter's `JobQuery`.
  ///
  /// - Parameters:
  ///   - start: the sequence that the walk begins after.
  ///   - end: the last one that it may come to.
  func bind(to statement: Statement, after start: Int64, upTo end: Int64, limit: Int) {
    statement.bind(1, start)
    statement.bind(2, Int64(limit))
    statement.bind(3, commands.isEmpty ? nil : Self.json(commands))
    statement.bind(4, environments.isEmpty ? nil : Self.json(environments))
    statement.bind(5, createdFrom?.description)
    statement.bind(6, createdBefore?.description)
    statement.bind(7, endedBefore?.description)
    if let label = labels.first {
      statement.bind(8, label.name)
      statement.bind(9, label.value)
    }
    if labels.count > 1 {
      let more = labels.dropFirst().map { JSONValue.array([.string($0.name), .string($0.value)]) }
      statement.bind(14, String(decoding: JSONValue.array(more).serialized, as: UTF8.self))
    }
    statement.bind(10, end)
    if schedules.count == 1 { statement.bind(11, schedules[0]) }
    if schedules.count > 1 { statement.bind(11, Self.json(schedules)) }
    if let submitter { statement.bind(12, Int64(submitter)) }
    statement.bind(13, endedFrom?.description)
    if !pools.isEmpty { statement.bind(15, Self.json(pools)) }
    if let directory { statement.bind(16, directory) }
    for (index, status) in (admittedStatuses ?? []).enumerated() {
      statement.bind(Int32(17 + index), status.rawValue)
    }
  }

  private static func json(_ texts: [String]) -> String {
    String(decoding: JSONValue.array(texts.map { .string($0) }).serialized, as: UTF8.self)
  }
}
