internal import Glibc
public import HoneydewCore

extension Store {
  public func job(id: String) throws(StoreError) -> Job? {
    try reading { () throws(StoreError) in
      reads.jobByID.bind(1, id)
      return try wholeJob(reads.jobByID)
    }
  }

  /// References to the jobs with these ids, as far as there are such.
  public func references(ids: some Sequence<String>) throws(StoreError) -> [String: JobReference] {
    try reading { () throws(StoreError) in
      try database.snapshot { () throws(StoreError) in
        var references: [String: JobReference] = [:]
        for id in ids {
          reads.referenceByID.bind(1, id)
          try reads.referenceByID.forEachRow { row throws(StoreError) in references[id] = try row.reference(owner) }
        }
        return references
      }
    }
  }

  /// How long the job's payload is, in bytes, which an update of its row writes again; 0 when there is no such job.
  public func payloadLength(sequence: Int64) throws(StoreError) -> Int {
    try reading { () throws(StoreError) in
      reads.payloadLength.bind(1, sequence)
      return try reads.payloadLength.rows { Int($0.int64(0)) }.first ?? 0
    }
  }

  /// The job without its payload, and without a result that stands in the row: enough to decide about it, however long
  /// those are.
  public func outline(sequence: Int64) throws(StoreError) -> Job? {
    try reading { () throws(StoreError) in
      reads.outline.bind(1, sequence)
      return try reads.outline.rows { row throws(StoreError) in
        try row.job(payload: [], result: try row.spooledResult(), owner)
      }.first
    }
  }

  public func job(sequence: Int64) throws(StoreError) -> Job? {
    try reading { () throws(StoreError) in
      reads.jobBySequence.bind(1, sequence)
      return try wholeJob(reads.jobBySequence)
    }
  }

  /// The job that a user submitted with this key.
  public func job(idempotencyKey: String, of submitter: UInt32) throws(StoreError) -> Job? {
    try reading { () throws(StoreError) in
      reads.jobByIdempotencyKey.bind(1, idempotencyKey)
      reads.jobByIdempotencyKey.bind(2, submitter == owner ? -1 : Int64(submitter))
      return try wholeJob(reads.jobByIdempotencyKey)
    }
  }

  /// The job's attempts that were recorded, in order.
  public func attempts(sequence: Int64) throws(StoreError) -> [PastAttempt] {
    try reading { () throws(StoreError) in
      reads.attempts.bind(1, sequence)
      return try reads.attempts.rows { row throws(StoreError) in
        guard let outcome = PastAttempt.Outcome(rawValue: row.text(4)) else { throw row.unreadable(4) }
        return PastAttempt(
          attempt: try row.number(0, StoredRanges.count), worker: try row.optionalNumber(1, StoredRanges.count),
          startedAt: try row.time(2),
          endedAt: try row.time(3), outcome: outcome, error: try row.jobError(5, code: 6),
          report: row.optional(7, row.bytes))
      }
    }
  }

  /// The ids that begin with the prefix, in order. A limit of 2 tells whether it is unique.
  ///
  /// - Parameter submitter: only the jobs of this user.
  public func jobIDs(
    withPrefix prefix: String, of submitter: UInt32? = nil, limit: Int
  ) throws(StoreError) -> [String] {
    try reading { () throws(StoreError) in
      let statement: Statement
      switch submitter {
      case nil: statement = reads.jobIDsWithPrefix
      case owner?: statement = reads.ownerJobIDsWithPrefix
      case let other?:
        statement = reads.otherJobIDsWithPrefix
        statement.bind(4, Int64(other))
      }
      statement.bind(1, prefix)
      statement.bind(2, prefix + "\u{10FFFF}")
      statement.bind(3, Int64(limit))
      return try statement.rows { $0.text(0) }
    }
  }

  /// Calls `body` with every pending job in the order of submission. It must not call the store.
  public func pendingJobs(_ body: (PendingJob) -> Void) throws(StoreError) {
    try reading { () throws(StoreError) in
      // A million jobs share a few commands and environments, and then also the memory of their names.
      var command = "", environment = "", pool = ""
      try reads.pendingJobs.forEachRow { row throws(StoreError) in
        row.updateText(1, &command)
        let hasEnvironment = !row.isNull(3)
        if hasEnvironment { row.updateText(3, &environment) }
        let hasPool = !row.isNull(9)
        if hasPool { row.updateText(9, &pool) }
        body(
          PendingJob(
            sequence: try row.number(0, StoredRanges.sequence), command: command,
            priority: try row.number(2, StoredRanges.priority),
            environment: hasEnvironment ? environment : nil, pool: hasPool ? pool : PoolRules.api,
            attempt: try row.number(4, StoredRanges.count),
            nextRunAt: try row.optionalTime(5),
            schedule: row.optional(6, row.text), submitter: try row.submitter(8, owner), isSerial: row.bool(7)))
      }
    }
  }

  /// The running jobs, never more than there are workers, in the order of submission.
  public func runningJobs() throws(StoreError) -> [Job] {
    try reading { () throws(StoreError) in
      try reads.runningJobs.rows { row throws(StoreError) in try row.wholeJob(owner) }
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
  /// Reads every row on its way to the last one of the page: those that the filter's label leads to, else its states. That
  /// is half a second for a million rows that do not pass.
  ///
  /// - Parameters:
  ///   - sequence: where the previous page ended; only older jobs are given.
  ///   - end: the oldest job that is looked at, which bounds the cost.
  public func jobs(
    filter: JobFilter = JobFilter(), before sequence: Int64? = nil, downTo end: Int64 = .min, limit: Int
  ) throws(StoreError) -> [Job] {
    try reading { () throws(StoreError) in
      let statement = try statement(JobQuery(filter, .newestFirst, .list, owner: owner))
      filter.bind(to: statement, after: sequence ?? .max, upTo: end, limit: limit)
      return try statement.rows { row throws(StoreError) in try row.job(payload: [], result: nil, owner) }
    }
  }

  /// What a bulk operation or the retention works on, oldest first. It costs what `jobs` costs.
  ///
  /// - Parameters:
  ///   - sequence: where the previous step ended; only younger jobs are given.
  ///   - end: the youngest job that is looked at, which bounds the cost.
  public func jobReferences(
    filter: JobFilter, after sequence: Int64 = 0, upTo end: Int64 = .max, limit: Int
  ) throws(StoreError) -> [JobReference] {
    try reading { () throws(StoreError) in
      let statement = try statement(JobQuery(filter, .oldestFirst, .reference, owner: owner))
      filter.bind(to: statement, after: sequence, upTo: end, limit: limit)
      return try statement.rows { row throws(StoreError) in try row.reference(owner) }
    }
  }

  /// Since when the pending job has waited that waits longest: since its submission, or since the moment before which it
  /// was not to run. Jobs for which that lies ahead do not count. Of those before the first that was never put off, a
  /// hundred are looked at.
  ///
  /// - Parameter sequence: of the oldest job that may run.
  public func waitingSince(from sequence: Int64, at now: Timestamp) throws(StoreError) -> Timestamp? {
    try reading { () throws(StoreError) in
      reads.waitingSince.bind(1, sequence)
      reads.waitingSince.bind(2, now.description)
      return try reads.waitingSince.rows { row in row.optional(0, row.text).flatMap { Timestamp($0) } }.first ?? nil
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

  /// The highest sequence that any job has or had, 0 when there never was one.
  public var lastSequence: Int64 {
    get throws(StoreError) {
      try reading { () throws(StoreError) in
        try reads.lastSequence.rows { row throws(StoreError) in try row.number(0, 0...StoredRanges.sequence.upperBound)
        }[0]
      }
    }
  }

  private func wholeJob(_ statement: Statement) throws(StoreError) -> Job? {
    try statement.rows { row throws(StoreError) in try row.wholeJob(owner) }.first
  }

  private func statement(_ query: JobQuery) throws(StoreError) -> Statement {
    if let statement = queries[query] { return statement }
    let statement = try database.prepare(query.sql)
    queries[query] = statement
    return statement
  }
}

extension Statement {
  /// Reads the columns of `jobColumns`, payload and result.
  fileprivate func wholeJob(_ owner: UInt32) throws(StoreError) -> Job {
    try job(payload: bytes(32), result: try spooledResult() ?? optional(33, bytes).map(JobResult.inline), owner)
  }

  /// The result that is in a file, of a row of `jobColumns`.
  fileprivate func spooledResult() throws(StoreError) -> JobResult? {
    try resultFile(16, id: 1).map { file throws(StoreError) in
      .spooled(file: file, size: try number(17, StoredRanges.size))
    }
  }

  /// The name of a result's file. One that is not of this job could be any file's.
  private func resultFile(_ column: Int32, id: Int32) throws(StoreError) -> String? {
    guard !isNull(column) else { return nil }
    guard ResultFileName.isLegal(text(column), of: text(id)) else { throw unreadable(column) }
    return text(column)
  }

  /// Reads `referenceColumns`.
  fileprivate func reference(_ owner: UInt32) throws(StoreError) -> JobReference {
    JobReference(
      sequence: try number(0, StoredRanges.sequence), id: text(1), command: text(6), submitter: try submitter(7, owner),
      version: JobVersion(status: try status(2), attempt: try number(3, StoredRanges.count)),
      completedAt: try optionalTime(4), resultFile: try resultFile(5, id: 1))
  }

  /// Reads the columns of `jobColumns`.
  fileprivate func job(payload: [UInt8], result: JobResult?, _ owner: UInt32) throws(StoreError) -> Job {
    let idempotency = isNull(21) ? nil : Idempotency(key: text(21), options: text(22))
    return Job(
      id: text(1), sequence: try number(0, StoredRanges.sequence), command: text(2),
      submitter: try submitter(27, owner),
      payload: payload,
      priority: try number(3, StoredRanges.priority), status: try status(4),
      environment: optional(5, text), pool: optional(28, text) ?? PoolRules.api, local: localOutline(29),
      attempt: try number(6, StoredRanges.count),
      retryCount: try number(7, StoredRanges.count), maxRetries: try number(8, StoredRanges.count),
      crashCount: try number(9, StoredRanges.count),
      timeoutMilliseconds: try optionalNumber(10, StoredRanges.milliseconds), labels: try labels(20),
      idempotency: idempotency,
      origin: try origin(24), worker: try optionalNumber(23, StoredRanges.count), nextRunAt: try optionalTime(11),
      createdAt: try time(12),
      updatedAt: try time(13),
      startedAt: try optionalTime(14), completedAt: try optionalTime(15), result: result,
      error: try jobError(18, code: 19))
  }

  /// Who submitted it; nothing in the row stands for the daemon's own user.
  func submitter(_ column: Int32, _ owner: UInt32) throws(StoreError) -> UInt32 {
    try optionalNumber(column, StoredRanges.uid).map { UInt32($0) } ?? owner
  }

  /// What is known of a local command, from three columns.
  fileprivate func localOutline(_ column: Int32) -> LocalOutline? {
    isNull(column)
      ? nil : LocalOutline(title: text(column), directory: text(column + 1), description: text(column + 2))
  }

  /// The schedule's name, its tick and whether the job is serial, from three columns.
  fileprivate func origin(_ column: Int32) throws(StoreError) -> JobOrigin? {
    guard !isNull(column) else { return nil }
    return JobOrigin(schedule: text(column), tick: try optionalTime(column + 1), isSerial: bool(column + 2))
  }

  /// The error whose columns hold `CODE: text` and the code.
  fileprivate func jobError(_ column: Int32, code codeColumn: Int32) throws(StoreError) -> JobError? {
    guard !isNull(codeColumn) else { return nil }
    guard let code = ErrorCode(rawValue: text(codeColumn)) else { throw unreadable(codeColumn) }
    return JobError(code, String(text(column).dropFirst(code.rawValue.count + 2)))
  }

  fileprivate func status(_ column: Int32) throws(StoreError) -> JobStatus {
    guard let status = JobStatus(rawValue: text(column)) else { throw unreadable(column) }
    return status
  }

  /// Replaces `text` with the column's, unless they are the same.
  fileprivate func updateText(_ column: Int32, _ text: inout String) {
    withText(column) { bytes in
      let isSame = text.withUTF8 {
        $0.count == bytes.count && (bytes.isEmpty || memcmp($0.baseAddress!, bytes.baseAddress!, bytes.count) == 0)
      }
      if !isSame { text = String(decoding: bytes, as: UTF8.self) }
    }
  }
}
