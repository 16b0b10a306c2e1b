public import HoneydewCore

extension Store {
  public func job(id: String) throws(StoreError) -> Job? {
    try reading { () throws(StoreError) in
      reads.jobByID.bind(1, id)
      return try wholeJob(reads.jobByID)
    }
  }

  public func job(sequence: Int64) throws(StoreError) -> Job? {
    try reading { () throws(StoreError) in
      reads.jobBySequence.bind(1, sequence)
      return try wholeJob(reads.jobBySequence)
    }
  }

  /// The ids that begin with the prefix, in order. A limit of 2 tells whether it is unique.
  public func jobIDs(withPrefix prefix: String, limit: Int) throws(StoreError) -> [String] {
    try reading { () throws(StoreError) in
      let statement = reads.jobIDsWithPrefix
      statement.bind(1, prefix)
      statement.bind(2, prefix + "\u{10FFFF}")
      statement.bind(3, Int64(limit))
      return try statement.rows { $0.text(0) }
    }
  }

  /// Calls `body` with every pending job in the order of submission. It must not call the store.
  public func pendingJobs(_ body: (PendingJob) -> Void) throws(StoreError) {
    try reading { () throws(StoreError) in
      try reads.pendingJobs.forEachRow { row throws(StoreError) in
        body(PendingJob(sequence: row.int64(0), priority: row.int32(1), nextRunAt: try row.optionalTime(2)))
      }
    }
  }

  /// The running jobs, never more than there are workers, in the order of submission.
  public func runningJobs() throws(StoreError) -> [Job] {
    try reading { () throws(StoreError) in
      try reads.runningJobs.rows { row throws(StoreError) in try row.wholeJob() }
    }
  }

  /// The job's payload; nil when there is no such job.
  public func payload(sequence: Int64) throws(StoreError) -> [UInt8]? {
    try reading { () throws(StoreError) in
      reads.payload.bind(1, sequence)
      return try reads.payload.rows { $0.bytes(0) }.first
    }
  }

  /// Whether a job's result is in the file of this name, which begins with the job's id and a dot.
  public func hasResult(file: String) throws(StoreError) -> Bool {
    try reading { () throws(StoreError) in
      reads.resultFile.bind(1, String(file.prefix { $0 != "." }))
      return try reads.resultFile.rows { row throws(StoreError) in row.optional(0, row.text) }.contains(file)
    }
  }

  /// Jobs without payload and result, newest first.
  ///
  /// - Parameter sequence: where the previous page ended; only older jobs are given.
  public func jobs(
    filter: JobFilter = JobFilter(), before sequence: Int64? = nil, limit: Int
  ) throws(StoreError) -> [Job] {
    try reading { () throws(StoreError) in
      let statement = try listStatement(filter.shape)
      statement.bind(1, sequence ?? .max)
      statement.bind(2, Int64(limit))
      // A shape leaves out the parameters of the fields that are nil.
      if let status = filter.status { statement.bind(3, status.rawValue) }
      if let command = filter.command { statement.bind(4, command) }
      if let environment = filter.environment { statement.bind(5, environment) }
      return try statement.rows { row throws(StoreError) in try row.job(payload: [], result: nil) }
    }
  }

  /// How many jobs there are in each state. Reads an index entry for each of them.
  public func counts() throws(StoreError) -> [JobStatus: Int] {
    try reading { () throws(StoreError) in
      var counts: [JobStatus: Int] = [:]
      try reads.counts.forEachRow { row throws(StoreError) in counts[try row.status(0)] = Int(row.int64(1)) }
      return counts
    }
  }

  /// The highest sequence of any job, 0 when there is none.
  public var lastSequence: Int64 {
    get throws(StoreError) {
      try reading { () throws(StoreError) in
        try reads.lastSequence.rows { $0.int64(0) }[0]
      }
    }
  }

  private func wholeJob(_ statement: Statement) throws(StoreError) -> Job? {
    try statement.rows { row throws(StoreError) in try row.wholeJob() }.first
  }

  private func listStatement(_ shape: JobFilter.Shape) throws(StoreError) -> Statement {
    if let statement = listStatements[shape] { return statement }
    var conditions = "seq < ?1"
    if shape.hasStatus { conditions += " AND status = ?3" }
    if shape.hasCommand { conditions += " AND command = ?4" }
    if shape.hasEnvironment { conditions += " AND environment = ?5" }
    let statement = try database.prepare(
      "SELECT \(jobColumns) FROM jobs WHERE \(conditions) ORDER BY seq DESC LIMIT ?2")
    listStatements[shape] = statement
    return statement
  }
}

extension JobFilter {
  /// What of a filter decides the text of its statement.
  struct Shape: Hashable {
    var hasStatus, hasCommand, hasEnvironment: Bool
  }

  var shape: Shape {
    Shape(hasStatus: status != nil, hasCommand: command != nil, hasEnvironment: environment != nil)
  }
}

extension Statement {
  /// Reads the columns of `jobColumns`, payload and result.
  fileprivate func wholeJob() throws(StoreError) -> Job {
    let result: JobResult? =
      if !isNull(16) {
        .spooled(file: text(16), size: int64(17))
      } else {
        optional(21, bytes).map(JobResult.inline)
      }
    return try job(payload: bytes(20), result: result)
  }

  /// Reads the columns of `jobColumns`.
  fileprivate func job(payload: [UInt8], result: JobResult?) throws(StoreError) -> Job {
    Job(
      id: text(1), sequence: int64(0), command: text(2), payload: payload, priority: int32(3), status: try status(4),
      environment: optional(5, text), attempt: int32(6), retryCount: int32(7), maxRetries: int32(8),
      crashCount: int32(9), timeoutMilliseconds: optional(10, int64), nextRunAt: try optionalTime(11),
      createdAt: try time(12), updatedAt: try time(13), startedAt: try optionalTime(14),
      completedAt: try optionalTime(15), result: result, error: try jobError())
  }

  private func jobError() throws(StoreError) -> JobError? {
    guard !isNull(19) else { return nil }
    guard let code = ErrorCode(rawValue: text(19)) else { throw unreadable(19) }
    // The error column holds `CODE: text`.
    return JobError(code, String(text(18).dropFirst(code.rawValue.count + 2)))
  }

  fileprivate func status(_ column: Int32) throws(StoreError) -> JobStatus {
    guard let status = JobStatus(rawValue: text(column)) else { throw unreadable(column) }
    return status
  }
}
