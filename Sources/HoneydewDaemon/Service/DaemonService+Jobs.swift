internal import HoneydewConfig
internal import HoneydewCore
internal import HoneydewRPC
internal import HoneydewStore
internal import HoneydewWire

extension DaemonService {
  func submitJob(_ request: Honeydew_SubmitJobRequest, _ call: UnaryCall<Honeydew_SubmitJobResponse>) {
    decide(call) { () throws(Status) in
      let id = try supervisor.submit(Submission(request))
      return .with { $0.jobID = id }
    }
  }

  func submitJobs(_ request: Honeydew_SubmitJobsRequest, _ call: UnaryCall<Honeydew_SubmitJobsResponse>) {
    let limit = 10_000
    decide(call) { () throws(Status) in
      guard (1...limit).contains(request.jobs.count) else {
        throw .invalid("jobs", "submit 1 to \(limit) jobs at once, not \(request.jobs.count)")
      }
      do throws(IndexedRefusal) {
        let ids = try supervisor.submit(request.jobs.map { Submission($0) })
        return .with { $0.jobIds = ids }
      } catch {
        throw error.indexed
      }
    }
  }

  func cancelJob(_ request: Honeydew_CancelJobRequest, _ call: UnaryCall<Honeydew_CancelJobResponse>) {
    decide(call) { () throws(Status) in
      let id = try supervisor.cancel(request.jobID)
      return .with { $0.jobID = id }
    }
  }

  func getJobStatus(_ request: Honeydew_GetJobStatusRequest, _ call: UnaryCall<Honeydew_JobStatus>) {
    read(call) { [supervisor] () throws(Status) in try supervisor.describe(supervisor.jobs.find(request.jobID)) }
  }

  func listJobs(_ request: Honeydew_ListJobsRequest, _ call: UnaryCall<Honeydew_ListJobsResponse>) {
    do throws(Status) {
      let query = try JobQuery(request)
      try supervisor.requireStore(forWriting: false)
      supervisor.list(query.filter, before: query.before, limit: query.limit) { [supervisor] result in
        supervisor.turn.reply(to: call) { () throws(Status) in query.answer(try result.get()) }
      }
    } catch {
      call.fail(error)
    }
  }

  func waitJobs(_ request: Honeydew_WaitJobsRequest, _ call: StreamingCall<Honeydew_JobStatus>) {
    let limit = 10_000
    do throws(Status) {
      try supervisor.requireStore(forWriting: false)
      guard !request.jobIds.isEmpty, request.jobIds.count <= limit else {
        throw .invalid("job_ids", "name 1 to \(limit) jobs to wait for, not \(request.jobIds.count)")
      }
      supervisor.turn.stream(to: call) { [supervisor] in supervisor.wait(for: request.jobIds, call) }
    } catch {
      call.finish(error)
    }
  }

  func readJobResult(_ request: Honeydew_ReadJobResultRequest, _ call: StreamingCall<Honeydew_ReadJobResultResponse>) {
    do throws(Status) {
      try supervisor.requireStore(forWriting: false)
      let id = try supervisor.jobs.find(request.jobID).id
      supervisor.turn.stream(to: call) { [supervisor] in supervisor.readResult(of: id, call) }
    } catch {
      call.finish(error)
    }
  }
}

extension Supervisor {
  /// Sends the statuses of jobs as they end; those that have ended already are sent at once.
  fileprivate func wait(for texts: [String], _ call: StreamingCall<Honeydew_JobStatus>) {
    do throws(Status) {
      let endings = try jobs.endings(of: texts)
      waits.add(Set(endings.keys), call: call) { [unowned self] id throws(Status) in
        guard store != nil else { throw .storeUnavailable }
        return try Honeydew_JobStatus(jobs.find(id))
      }
      for (id, hasEnded) in endings where hasEnded { waits.jobEnded(id) }
    } catch {
      call.finish(error)
    }
  }

  fileprivate func readResult(of id: String, _ call: StreamingCall<Honeydew_ReadJobResultResponse>) {
    do throws(Status) {
      guard let result = try jobs.find(id).result else {
        throw .error(.failedPrecondition, "job \(id) has no result", reason: "NO_RESULT")
      }
      ResultStream(result, directory: home.results, call: call).pump()
    } catch {
      call.finish(error)
    }
  }
}

extension Supervisor {
  /// The job with its history.
  fileprivate func describe(_ job: Job) throws(Status) -> Honeydew_JobStatus {
    var status = Honeydew_JobStatus(job)
    let attempts = try available { () throws(StoreError) in try jobs.attempts(of: job) }
    status.history = attempts.map { Honeydew_Attempt($0) }
    if job.status == .running {
      status.history.append(
        .with {
          $0.attempt = job.attempt
          $0.worker = job.worker ?? 0
          $0.startedAt = job.startedAt?.description ?? ""
          $0.outcome = job.status.rawValue
        })
    }
    return status
  }
}

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
  }
}

/// A checked `ListJobsRequest`.
private struct JobQuery {
  var filter = JobFilter()
  var before: Int64?
  var limit = 50
  /// The fields of the filter as text.
  private var text: String

  init(_ request: Honeydew_ListJobsRequest) throws(Status) {
    let fields = [
      request.status, request.command, request.environment, request.label, request.createdFrom, request.createdBefore,
      request.schedule,
    ]
    text = fields.joined(separator: "\n")
    filter = try JobFilter(
      .with {
        $0.status = request.status
        $0.command = request.command
        $0.environment = request.environment
        $0.label = request.label
        $0.createdFrom = request.createdFrom
        $0.createdBefore = request.createdBefore
        $0.schedule = request.schedule
      })
    if request.limit != 0 {
      guard (1...1000).contains(request.limit) else {
        throw .invalid("limit", "limit is \(request.limit); it must be 1 to 1000")
      }
      limit = Int(request.limit)
    }
    if !request.cursor.isEmpty {
      guard let cursor = ListCursor(request.cursor, of: text) else {
        throw .invalid("cursor", "cursor is not the next_cursor of a page of this same query")
      }
      before = cursor.sequence
    }
  }

  /// The page, or as much of it as fits a default client's 4 MiB.
  func answer(_ found: [Job]) -> Honeydew_ListJobsResponse {
    var bytes = 0
    let page = found.prefix { job in
      bytes += job.listedBytes
      return bytes <= 2 << 20
    }
    return .with {
      $0.jobs = page.map { Honeydew_JobStatus($0) }
      if page.count == limit || page.count < found.count, let last = page.last {
        $0.nextCursor = ListCursor(after: last.sequence, of: text).text
      }
    }
  }
}

extension Job {
  /// About what the job takes in a list.
  fileprivate var listedBytes: Int {
    let labels = labels.reduce(0) { $0 + $1.key.utf8.count + $1.value.utf8.count + 8 }
    return 512 + labels + (error?.text.utf8.count ?? 0) + (idempotency?.key.utf8.count ?? 0)
  }
}

extension Honeydew_JobStatus {
  init(_ job: Job) {
    self.init()
    jobID = job.id
    command = job.command
    status = job.status.rawValue
    let shown = CommandRegistry.find(job.command)?.masked(payload: job.payload) ?? job.payload
    payload = String(decoding: shown, as: UTF8.self)
    priority = job.priority
    switch job.result {
    case .inline(let bytes):
      result = String(decoding: bytes, as: UTF8.self)
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
    idempotencyKey = job.idempotency?.key ?? ""
    schedule = job.origin?.schedule ?? ""
    scheduledAt = job.origin?.tick?.description ?? ""
  }
}
