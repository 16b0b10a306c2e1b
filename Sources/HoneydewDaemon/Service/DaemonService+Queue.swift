internal import HoneydewCore
internal import HoneydewMessages
internal import HoneydewRPC
internal import HoneydewSystem

extension DaemonService {
  func pauseQueue(_ request: Honeydew_PauseQueueRequest, _ call: UnaryCall<Honeydew_PauseQueueResponse>) {
    decide(call) { () throws(Refusal) in
      call.concerns(request.pool.isEmpty ? request.provider : request.pool)
      try changePauses(provider: request.provider, pool: request.pool, to: true)
      return .init()
    }
  }

  func resumeQueue(_ request: Honeydew_ResumeQueueRequest, _ call: UnaryCall<Honeydew_ResumeQueueResponse>) {
    decide(call) { () throws(Refusal) in
      call.concerns(request.pool.isEmpty ? request.provider : request.pool)
      try changePauses(provider: request.provider, pool: request.pool, to: false)
      return .init()
    }
  }

  func getQueueStats(_ request: Honeydew_GetQueueStatsRequest, _ call: UnaryCall<Honeydew_QueueStats>) {
    read(call) { supervisor.queueStats }
  }

  /// Pauses a provider or a pool, or with neither the whole queue, or lets it go on.
  private func changePauses(provider: String, pool: String, to isPaused: Bool) throws(Refusal) {
    var pauses = supervisor.jobs.throttle.pauses
    switch (provider.isEmpty, pool.isEmpty) {
    case (false, false): throw .invalid("pool", "name a provider or a pool, not both")
    case (true, true): pauses.isPaused = isPaused
    case (false, true):
      guard CommandRegistry.providers.contains(provider) else {
        let known = CommandRegistry.providers.sorted().joined(separator: ", ")
        throw .invalid("provider", "there is no provider \"\(provider.printable)\"; there are \(known)")
      }
      if isPaused { pauses.providers.insert(provider) } else { pauses.providers.remove(provider) }
    case (true, false):
      // A pool that is gone from the configuration can still be let go on.
      guard supervisor.workers.pool(named: pool) != nil || !isPaused && pauses.pools.contains(pool) else {
        throw .poolNotFound(pool, among: supervisor.workers.pools.map(\.name))
      }
      if isPaused { pauses.pools.insert(pool) } else { pauses.pools.remove(pool) }
    }
    supervisor.jobs.throttle.pauses = pauses
    turn.write(.setConfig(key: Throttle.Pauses.configKey, value: pauses.text))
  }
}
