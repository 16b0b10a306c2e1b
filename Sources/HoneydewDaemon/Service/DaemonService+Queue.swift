internal import HoneydewCore
internal import HoneydewRPC
internal import HoneydewSystem
internal import HoneydewWire

extension DaemonService {
  func pauseQueue(_ request: Honeydew_PauseQueueRequest, _ call: UnaryCall<Honeydew_PauseQueueResponse>) {
    decide(call) { () throws(Status) in
      try supervisor.changePauses(of: request.provider) { pauses, provider in
        if let provider { pauses.providers.insert(provider) } else { pauses.isPaused = true }
      }
      return .init()
    }
  }

  func resumeQueue(_ request: Honeydew_ResumeQueueRequest, _ call: UnaryCall<Honeydew_ResumeQueueResponse>) {
    decide(call) { () throws(Status) in
      try supervisor.changePauses(of: request.provider) { pauses, provider in
        if let provider { pauses.providers.remove(provider) } else { pauses.isPaused = false }
      }
      return .init()
    }
  }

  func getQueueStats(_ request: Honeydew_GetQueueStatsRequest, _ call: UnaryCall<Honeydew_QueueStats>) {
    read(call) { [supervisor] () throws(Status) in supervisor.queueStats }
  }
}

extension Supervisor {
  /// - Parameter name: a provider, or empty for the whole queue.
  fileprivate func changePauses(
    of name: String, _ change: (inout Throttle.Pauses, String?) -> Void
  ) throws(Status) {
    try requireStore(forWriting: true)
    guard name.isEmpty || CommandRegistry.providers.contains(name) else {
      let known = CommandRegistry.providers.sorted().joined(separator: ", ")
      throw .invalid("provider", "there is no provider \"\(name.printable)\"; there are \(known)")
    }
    change(&jobs.throttle.pauses, name.isEmpty ? nil : name)
    turn.write(.setConfig(key: Throttle.Pauses.configKey, value: jobs.throttle.pauses.text))
    let fields: LogFields = ["paused": .string(jobs.throttle.pauses.text)]
    turn.afterCommit { [log] in log.of(.queue).info("queue pauses changed", fields) }
  }

  var queueStats: Honeydew_QueueStats {
    let (queue, throttle) = (jobs.queue, jobs.throttle)
    let named = throttle.pauses.providers.union(throttle.concurrency.providers.keys)
    let providers = named.union(queue.lanes.map(\.provider)).sorted().map { provider in
      Honeydew_ProviderStats.with {
        $0.provider = provider
        $0.pending = Int64(queue.lanes.lazy.filter { $0.provider == provider }.map { queue.count(in: $0) }.reduce(0, +))
        $0.running = Int64(throttle.running(of: provider))
        $0.paused = throttle.pauses.providers.contains(provider)
        if let end = throttle.restEnd(of: provider, at: now) { $0.restingUntil = (wallNow + (end - now)).description }
        if let limit = throttle.concurrency.limit(of: provider) { $0.limit = Int32(limit) }
      }
    }
    return .with {
      $0.jobs = jobCounts
      $0.delayed = Int64(queue.delayedCount)
      $0.paused = throttle.pauses.isPaused
      $0.providers = providers
    }
  }
}
