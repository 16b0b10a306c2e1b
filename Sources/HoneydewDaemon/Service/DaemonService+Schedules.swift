internal import HoneydewCore
internal import HoneydewMessages
internal import HoneydewProtobuf
internal import HoneydewRPC
internal import HoneydewStore

extension DaemonService {
  func scheduleJob(_ request: Honeydew_ScheduleJobRequest, _ call: UnaryCall<Honeydew_ScheduleJobResponse>) {
    decide(call) { () throws(Refusal) in
      call.concerns(request.name)
      let schedule = try changes.add(request, by: access(of: call))
      return .with {
        $0.schedule = describe(schedule, .whole)
        $0.unendedJobs = Int64(supervisor.jobs.unendedCount(of: schedule.group))
      }
    }
  }

  func unscheduleJob(_ request: Honeydew_UnscheduleJobRequest, _ call: UnaryCall<Honeydew_UnscheduleJobResponse>) {
    decide(call) { () throws(Refusal) in
      call.concerns(request.name)
      let schedule = try changes.remove(request.name, within: access(of: call).owned)
      return .with {
        $0.name = schedule.name
        $0.unendedJobs = Int64(supervisor.jobs.unendedCount(of: schedule.group))
      }
    }
  }

  func updateSchedule(_ request: Honeydew_UpdateScheduleRequest, _ call: UnaryCall<Honeydew_UpdateScheduleResponse>) {
    decide(call) { () throws(Refusal) in
      call.concerns(request.name)
      let (schedule, differences) = try changes.update(request, by: access(of: call))
      return .with {
        $0.schedule = describe(schedule, .whole)
        $0.changes = differences
      }
    }
  }

  func applySchedules(_ request: Honeydew_ApplySchedulesRequest, _ call: UnaryCall<Honeydew_ApplySchedulesResponse>) {
    begin(call) { () throws(Refusal) in
      supervisor.steps.begin(
        try ScheduleApplication(
          request, changes: changes, jobs: supervisor.jobs, client: call, access: access(of: call)))
    }
  }

  func pauseSchedule(_ request: Honeydew_PauseScheduleRequest, _ call: UnaryCall<Honeydew_PauseScheduleResponse>) {
    decide(call) { () throws(Refusal) in
      call.concerns(request.name)
      let schedule = try changes.set(request.name, isEnabled: false, within: access(of: call).owned)
      return .with { $0.schedule = describe(schedule, .whole) }
    }
  }

  func resumeSchedule(_ request: Honeydew_ResumeScheduleRequest, _ call: UnaryCall<Honeydew_ResumeScheduleResponse>) {
    decide(call) { () throws(Refusal) in
      call.concerns(request.name)
      let schedule = try changes.set(request.name, isEnabled: true, within: access(of: call).owned)
      return .with { $0.schedule = describe(schedule, .whole) }
    }
  }

  func triggerSchedule(_ request: Honeydew_TriggerScheduleRequest, _ call: UnaryCall<Honeydew_TriggerScheduleResponse>)
  {
    decide(call) { () throws(Refusal) in
      call.concerns(request.name)
      let id = try supervisor.scheduleDesk.trigger(request.name, by: access(of: call))
      call.concerns([request.name, id])
      return .with { $0.jobID = id }
    }
  }

  func listSchedules(_ request: Honeydew_ListSchedulesRequest, _ call: UnaryCall<Honeydew_ListSchedulesResponse>) {
    let largest = 1000
    read(call) { () throws(Refusal) in
      guard request.limit == 0 || (1...largest).contains(Int(request.limit)) else {
        throw .outOfRange("limit", request.limit, 1...Int64(largest))
      }
      guard request.cursor.isEmpty || isPlainName(request.cursor) else {
        throw .invalid("cursor", "cursor is not the next_cursor of a page of schedules")
      }
      let limit = request.limit == 0 ? largest : Int(request.limit)
      let access = access(of: call)
      let submitter = try access.seen.narrow(to: nil)
      let found = try supervisor.gate.read { store throws(StoreError) in
        try store.schedules(after: request.cursor, of: submitter, limit: limit)
      }
      // What fits a default client's 4 MiB.
      var bytes = 0
      let page = found.prefix { schedule in
        bytes += schedule.listedBytes
        return bytes <= 2 << 20
      }
      return .with {
        $0.schedules = page.map { describe($0, .outline) }
        if page.count == limit || page.count < found.count, let last = page.last { $0.nextCursor = last.name }
      }
    }
  }

  func getSchedule(_ request: Honeydew_GetScheduleRequest, _ call: UnaryCall<Honeydew_Schedule>) {
    let historyLength = 20
    read(call) { () throws(Refusal) in
      let access = access(of: call)
      let schedule = try supervisor.schedules.find(request.name, within: access.seen)
      let sight = access.sight(of: schedule.submitter)
      let jobs = try supervisor.gate.read { store throws(StoreError) in
        try store.jobs(
          filter: JobFilter(schedules: [schedule.name], submitter: schedule.submitter), limit: historyLength)
      }
      var description = describe(schedule, sight)
      description.jobs = jobs.map { Honeydew_JobStatus($0, sight) }
      return description
    }
  }

  func previewSchedule(_ request: Honeydew_PreviewScheduleRequest, _ call: UnaryCall<Honeydew_PreviewScheduleResponse>)
  {
    let largest: Int32 = 1000
    answer(call) { () throws(Refusal) in
      let (expression, zone) = try changes.expression(request.cronExpr)
      guard (0...largest).contains(request.count) else {
        throw .outOfRange("count", request.count, 1...Int64(largest))
      }
      var moment = turn.wallNow
      if !request.from.isEmpty {
        guard let from = Timestamp(request.from) else {
          throw .invalid("from", "from is no RFC 3339 time, such as 2026-01-31T12:00:00Z")
        }
        moment = from
      }
      let ticks = expression.ticks(request.count == 0 ? 10 : Int(request.count), after: moment, in: zone)
      return .with {
        $0.timeZone = supervisor.zones.name(of: expression)
        $0.times = ticks.map(\.description)
        $0.localTimes = ticks.map(zone.localText)
      }
    }
  }

  private var changes: ScheduleChanges { supervisor.scheduleChanges }

  /// The schedule without its jobs, secret arguments as stars.
  private func describe(_ schedule: Schedule, _ sight: Access.Sight) -> Honeydew_Schedule {
    let command = CommandRegistry.find(schedule.command)
    return .with {
      $0.scheduleID = schedule.id
      $0.name = schedule.name
      $0.cronExpr = schedule.expressionText
      $0.command = schedule.command
      if sight == .whole {
        $0.payload = String(decoding: command?.masked(payload: schedule.payload) ?? schedule.payload, as: UTF8.self)
      }
      $0.submittedBy = schedule.submitter
      $0.enabled = schedule.isEnabled
      $0.createdAt = schedule.createdAt.description
      $0.updatedAt = schedule.updatedAt.description
      $0.lastRunAt = schedule.lastRunAt?.description ?? ""
      $0.lastJobID = schedule.lastJobID ?? ""
      $0.nextRunAt = schedule.nextRunAt?.description ?? ""
      $0.priority = schedule.options.priority
      if let retries = schedule.options.maxRetries { $0.maxRetries = retries }
      if let timeout = schedule.options.timeoutMilliseconds { $0.timeoutMs = timeout }
      $0.environment = schedule.options.environment ?? ""
      $0.labels = schedule.options.labels
      $0.overlap = schedule.overlap.rawValue
      $0.missed = schedule.missed.rawValue
      $0.pool = schedule.options.pool ?? ""
      $0.catchupWindowMs = schedule.catchUpWindow.wholeMilliseconds
      $0.timeZone = supervisor.zones.name(of: schedule.expression)
      $0.skippedOverlap = schedule.skips.counts[.overlap] ?? 0
      $0.skippedMissed = schedule.skips.counts[.missed] ?? 0
      $0.skippedRefused = schedule.skips.counts[.refused] ?? 0
      $0.lastSkipAt = schedule.skips.lastAt?.description ?? ""
      $0.lastSkip = schedule.skips.lastText ?? ""
      $0.set = schedule.set ?? ""
      $0.problem = supervisor.schedules.zoneConcerns[schedule.id]?.sentence ?? ""
    }
  }
}

extension Schedule {
  /// About what the schedule takes in a list.
  fileprivate var listedBytes: Int {
    let labels = options.labels.reduce(0) { $0 + $1.key.utf8.count + $1.value.utf8.count + 8 }
    return 512 + labels + expressionText.utf8.count + (skips.lastText?.utf8.count ?? 0)
  }
}
