internal import HoneydewConfig
internal import HoneydewCore
internal import HoneydewMessages
internal import HoneydewProtobuf
internal import HoneydewRPC
internal import HoneydewStore

extension DaemonService {
  func submitJob(_ request: Honeydew_SubmitJobRequest, _ call: UnaryCall<Honeydew_SubmitJobResponse>) {
    decide(call) { () throws(Refusal) in
      let id = try supervisor.submissions.submit(Submission(request, by: access(of: call)))
      call.concerns(id)
      return .with { $0.jobID = id }
    }
  }

  func submitJobs(_ request: Honeydew_SubmitJobsRequest, _ call: UnaryCall<Honeydew_SubmitJobsResponse>) {
    begin(call) { () throws(Refusal) in
      try checkCount(request.jobs.count, "jobs", "submit")
      supervisor.steps.begin(
        BulkSubmission(
          request.jobs, turn: turn, desk: supervisor.submissions, jobs: supervisor.jobs, client: call,
          access: access(of: call)))
    }
  }

  func cancelJob(_ request: Honeydew_CancelJobRequest, _ call: UnaryCall<Honeydew_CancelJobResponse>) {
    guard !request.hasFilter, !request.dryRun else {
      let names = request.jobID.isEmpty ? [] : [request.jobID]
      change(.cancel, names, request.hasFilter ? request.filter : nil, request.dryRun, call) { jobs in
        .with {
          $0.jobID = names.isEmpty ? "" : jobs.ids.first ?? ""
          $0.cancelled = Int64(jobs.count)
        }
      }
      return
    }
    decide(call) { () throws(Refusal) in
      call.concerns(request.jobID)
      let id = try supervisor.jobDesk.cancel(request.jobID, within: access(of: call).owned)
      call.concerns(id)
      return .with {
        $0.jobID = id
        $0.cancelled = 1
      }
    }
  }

  func setJobPriority(_ request: Honeydew_SetJobPriorityRequest, _ call: UnaryCall<Honeydew_SetJobPriorityResponse>) {
    decide(call) { () throws(Refusal) in
      call.concerns(request.jobID)
      let id = try supervisor.jobDesk.setPriority(
        of: request.jobID, to: request.priority, within: access(of: call).owned)
      call.concerns(id)
      return .with { $0.jobID = id }
    }
  }

  func getJobStatus(_ request: Honeydew_GetJobStatusRequest, _ call: UnaryCall<Honeydew_JobStatus>) {
    read(call) { () throws(Refusal) in
      let access = access(of: call)
      let job = try supervisor.jobs.find(request.jobID, within: access.seen)
      var status = Honeydew_JobStatus(job, access.sight(of: job.submitter))
      status.history = try supervisor.jobs.attempts(of: job).map { Honeydew_Attempt($0) }
      if job.status == .running { status.history.append(Honeydew_Attempt(running: job)) }
      supervisor.addProcess(of: job, to: &status)
      if let obstacle = supervisor.obstacle(of: job) { status.obstacle = Honeydew_Obstacle(obstacle) }
      return status
    }
  }

  func listJobs(_ request: Honeydew_ListJobsRequest, _ call: UnaryCall<Honeydew_ListJobsResponse>) {
    begin(call, isChange: false) { () throws(Refusal) in
      let list = try JobListRequest(request, access(of: call), complete: supervisor.addProcess)
      let newest = supervisor.jobs.lastSequence
      switch list.order {
      case .created: supervisor.steps.begin(JobListing(list, newest: newest, turn: turn, client: call))
      case .ended: supervisor.steps.begin(EndedJobListing(list, newest: newest, turn: turn, client: call))
      }
    }
  }

  func waitJobs(_ request: Honeydew_WaitJobsRequest, _ call: StreamingCall<Honeydew_JobStatus>) {
    turn.beginDecision()
    do throws(Refusal) {
      try requireStore()
      try checkCount(request.jobIds.count, "job_ids", "wait for")
      supervisor.steps.begin(
        WaitSearch(
          request.jobIds, within: access(of: call).owned, jobs: supervisor.jobs, waits: supervisor.waits, call: call))
    } catch {
      turn.refuse(call, error)
    }
  }

  func readJobResult(_ request: Honeydew_ReadJobResultRequest, _ call: StreamingCall<Honeydew_ReadJobResultResponse>) {
    turn.beginDecision()
    do throws(Refusal) {
      try requireStore()
      let job = try supervisor.jobs.find(request.jobID, within: access(of: call).owned)
      guard let result = job.result else { throw .noResult(of: job.id) }
      turn.plan(.stream(ResultStream(result, directory: supervisor.home.results, call: call)), when: .synced)
    } catch {
      turn.refuse(call, error)
    }
  }

  // MARK: many at once

  func retryJob(_ request: Honeydew_RetryJobRequest, _ call: UnaryCall<Honeydew_RetryJobResponse>) {
    change(.reopen, request.jobIds, request.hasFilter ? request.filter : nil, request.dryRun, call) { jobs in
      .with { $0.retried = Int64(jobs.count) }
    }
  }

  func removeJobs(_ request: Honeydew_RemoveJobsRequest, _ call: UnaryCall<Honeydew_RemoveJobsResponse>) {
    change(.remove, request.jobIds, request.hasFilter ? request.filter : nil, request.dryRun, call) { jobs in
      .with { $0.removed = Int64(jobs.count) }
    }
  }

  private func change<Response>(
    _ change: BulkChange.Change, _ names: [String], _ filter: Honeydew_JobFilter?, _ isDryRun: Bool,
    _ call: UnaryCall<Response>, response: @escaping (BulkChange.Changed) -> Response
  ) {
    begin(call) { () throws(Refusal) in
      guard names.isEmpty == (filter != nil) else {
        throw .invalid("job_ids", "name jobs, or describe them by a filter: one of the two")
      }
      let target: BulkChange.Target
      if let filter {
        target = .matching(try JobFilter(filter, within: change.states, access(of: call).owned))
      } else {
        try checkCount(names.count, "job_ids", "name")
        target = .named(names)
        call.concerns(names)
      }
      supervisor.steps.begin(
        BulkChange(
          change, of: target, isDryRun: isDryRun, by: access(of: call), turn: turn, book: supervisor.jobs,
          desk: supervisor.jobDesk
        ) { [turn] in
          switch $0 {
          case .success(let changed):
            // Of a dry run the log says that nothing was changed.
            if isDryRun { call.concerns([]) } else { call.concerns(changed.ids, of: changed.count) }
            turn.answer(call, response(changed))
          case .failure(let refusal): turn.refuse(call, refusal)
          }
        })
    }
  }

  private func checkCount(_ count: Int, _ field: String, _ verb: String) throws(Refusal) {
    let limit = SubmissionRules.maximumJobs
    guard (1...limit).contains(count) else {
      throw .invalid(field, "\(verb) 1 to \(limit) jobs at once, not \(count)")
    }
  }
}
