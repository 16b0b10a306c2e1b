internal import HoneydewCore
internal import HoneydewMessages

extension Honeydew_Attempt {
  init(_ past: PastAttempt) {
    self.init()
    attempt = past.attempt
    worker = past.worker ?? 0
    startedAt = past.startedAt.description
    endedAt = past.endedAt.description
    outcome = past.outcome.rawValue
    errorCode = past.error?.code.rawValue ?? ""
    error = past.error?.description ?? ""
    report = past.report.map { String(decoding: $0, as: UTF8.self) } ?? ""
  }

  /// The attempt that goes on.
  init(running job: Job) {
    self.init()
    attempt = job.attempt
    worker = job.worker ?? 0
    startedAt = job.startedAt?.description ?? ""
    outcome = job.status.rawValue
  }
}

extension Honeydew_JobStatus {
  init(_ job: Job, _ sight: Access.Sight) {
    self.init()
    jobID = job.id
    command = job.command
    status = job.status.rawValue
    if sight == .whole {
      let shown = CommandRegistry.find(job.command)?.masked(payload: job.payload) ?? job.payload
      payload = String(decoding: shown, as: UTF8.self)
      idempotencyKey = job.idempotency?.key ?? ""
    }
    priority = job.priority
    switch job.result {
    case .inline(let bytes):
      if sight == .whole { result = String(decoding: bytes, as: UTF8.self) }
      resultSize = Int64(bytes.count)
    case .spooled(_, let size):
      resultSize = size
      resultSpooled = true
    case nil: break
    }
    error = job.error?.description ?? ""
    errorCode = job.error?.code.rawValue ?? ""
    retryCount = job.retryCount
    maxRetries = job.maxRetries
    createdAt = job.createdAt.description
    startedAt = job.startedAt?.description ?? ""
    completedAt = job.completedAt?.description ?? ""
    nextRunAt = job.nextRunAt?.description ?? ""
    environment = job.environment ?? ""
    attempts = job.attempt
    if let timeout = job.timeoutMilliseconds { timeoutMs = timeout }
    labels = job.labels
    submittedBy = job.submitter
    schedule = job.origin?.schedule ?? ""
    scheduledAt = job.origin?.tick?.description ?? ""
    pool = job.pool
    if sight == .whole, let local = job.local {
      (title, cwd, description_p) = (local.title, local.directory, local.description)
    }
  }
}
