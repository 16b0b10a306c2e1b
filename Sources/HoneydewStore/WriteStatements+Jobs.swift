internal import HoneydewCore

extension WriteStatements {
  func insert(_ job: Job) throws(StoreError) {
    insertJob.bind(1, job.sequence)
    insertJob.bind(2, job.id)
    insertJob.bind(3, job.command)
    insertJob.bind(4, job.payload)
    insertJob.bind(5, job.environment)
    insertJob.bind(6, job.maxRetries)
    insertJob.bind(7, job.timeoutMilliseconds)
    insertJob.bind(8, labelText(job.labels))
    insertJob.bind(9, job.idempotency?.key)
    insertJob.bind(10, job.idempotency?.options)
    insertJob.bind(11, text(job.createdAt))
    bindProgress(of: job, to: insertJob, from: 12)
    insertJob.bind(27, job.origin?.schedule)
    insertJob.bind(28, job.origin?.tick.map(text))
    insertJob.bind(29, job.origin.map { $0.isSerial ? 1 : 0 })
    insertJob.bind(30, submitter(job.submitter))
    insertJob.bind(31, job.pool == PoolRules.api ? nil : job.pool)
    insertJob.bind(32, job.local?.title)
    insertJob.bind(33, job.local?.directory)
    insertJob.bind(34, job.local?.description)
    try insertJob.run()
    // None of these can break a constraint, which would leave the job without them.
    for (name, value) in job.labels {
      insertLabel.bind(1, name)
      insertLabel.bind(2, value)
      insertLabel.bind(3, job.sequence)
      try insertLabel.run()
    }
  }

  /// What a row has of a uid.
  func submitter(_ uid: UInt32) -> Int64? { uid == owner ? nil : Int64(uid) }

  func update(_ job: Job, from version: JobVersion, in database: Database) throws(StoreError) {
    bindProgress(of: job, to: updateJob, from: 1)
    updateJob.bind(16, job.sequence)
    bind(version, to: updateJob, from: 17)
    try updateJob.run()
    guard updateJob.changedRows == 1 else {
      throw database.noJob(job.sequence, at: version, "update to \(job.status.rawValue), attempt \(job.attempt)")
    }
  }

  private func bind(_ version: JobVersion, to statement: Statement, from first: Int32) {
    statement.bind(first, version.status.rawValue)
    statement.bind(first + 1, version.attempt)
  }

  /// Binds what changes during a job's life, 15 parameters.
  private func bindProgress(of job: Job, to statement: Statement, from first: Int32) {
    statement.bind(first, job.priority)
    statement.bind(first + 1, job.status.rawValue)
    statement.bind(first + 2, job.attempt)
    statement.bind(first + 3, job.worker.map(Int64.init))
    statement.bind(first + 4, job.retryCount)
    statement.bind(first + 5, job.crashCount)
    statement.bind(first + 6, job.nextRunAt.map(text))
    statement.bind(first + 7, text(job.updatedAt))
    statement.bind(first + 8, job.startedAt.map(text))
    statement.bind(first + 9, job.completedAt.map(text))
    let (inline, file, size): ([UInt8]?, String?, Int64?) =
      switch job.result {
      case nil: (nil, nil, nil)
      case .inline(let bytes): (bytes, nil, Int64(bytes.count))
      case .spooled(let file, let size): (nil, file, size)
      }
    statement.bind(first + 10, inline)
    statement.bind(first + 11, file)
    statement.bind(first + 12, size)
    statement.bind(first + 13, job.error?.description)
    statement.bind(first + 14, job.error?.code.rawValue)
  }

  func insert(_ attempt: PastAttempt, of sequence: Int64, in database: Database) throws(StoreError) {
    insertAttempt.bind(1, sequence)
    insertAttempt.bind(2, attempt.attempt)
    insertAttempt.bind(3, attempt.worker.map(Int64.init))
    insertAttempt.bind(4, text(attempt.startedAt))
    insertAttempt.bind(5, text(attempt.endedAt))
    insertAttempt.bind(6, attempt.outcome.rawValue)
    insertAttempt.bind(7, attempt.error?.description)
    insertAttempt.bind(8, attempt.error?.code.rawValue)
    insertAttempt.bind(9, attempt.report)
    try insertAttempt.run()
    guard insertAttempt.changedRows == 1 else {
      throw StoreError(.constraint, "\(database.path): there is no job number \(sequence) to have an attempt.")
    }
  }

  /// Removes the job's row and what belongs to it.
  func removeJob(_ sequence: Int64, from version: JobVersion, in database: Database) throws(StoreError) {
    removeJob.bind(1, sequence)
    bind(version, to: removeJob, from: 2)
    // Entries of labels that cannot be read stay behind, where no read sees them: better than a job that cannot go.
    let removed = try removeJob.rows { row in (try? row.labels(0)) ?? [:] }
    guard let labels = removed.first else { throw database.noJob(sequence, at: version, "remove") }
    for (name, value) in labels {
      removeLabel.bind(1, name)
      removeLabel.bind(2, value)
      removeLabel.bind(3, sequence)
      try removeLabel.run()
    }
    removeAttempts.bind(1, sequence)
    try removeAttempts.run()
    keepLastSequence.bind(1, sequence)
    try keepLastSequence.run()
  }
}

extension Database {
  /// The refusal of a write whose job is not, or not any more, what it was decided upon.
  fileprivate func noJob(_ sequence: Int64, at version: JobVersion, _ what: String) -> StoreError {
    StoreError(
      .constraint,
      "\(path): there is no job number \(sequence) that is \(version.status.rawValue) at attempt \(version.attempt), to \(what)."
    )
  }
}
