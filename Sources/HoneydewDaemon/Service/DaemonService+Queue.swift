internal import HoneydewCore
internal import HoneydewMessages
internal import HoneydewRPC
internal import HoneydewSystem

extension DaemonService {
  func pauseQueue(_ request: Honeydew_PauseQueueRequest, _ call: UnaryCall<Honeydew_PauseQueueResponse>) {
    decide(call) { () throws(Refusal) in
      call.concerns(request.provider)
      try changePauses(of: request.provider) { pauses, provider in
        if let provider { pauses.providers.insert(provider) } else { pauses.isPaused = true }
      }
      return .init()
    }
  }

  func resumeQueue(_ request: Honeydew_ResumeQueueRequest, _ call: UnaryCall<Honeydew_ResumeQueueResponse>) {
    decide(call) { () throws(Refusal) in
      call.concerns(request.provider)
      try changePauses(of: request.provider) { pauses, provider in
        if let provider { pauses.providers.remove(provider) } else { pauses.isPaused = false }
      }
      return .init()
    }
  }

  func getQueueStats(_ request: Honeydew_GetQueueStatsRequest, _ call: UnaryCall<Honeydew_QueueStats>) {
    read(call) { supervisor.queueStats }
  }

  /// - Parameter name: a provider, or empty for the whole queue.
  private func changePauses(
    of name: String, _ change: (inout Throttle.Pauses, String?) -> Void
  ) throws(Refusal) {
    guard name.isEmpty || CommandRegistry.providers.contains(name) else {
      let known = CommandRegistry.providers.sorted().joined(separator: ", ")
      throw .invalid("provider", "there is no provider \"\(name.printable)\"; there are \(known)")
    }
    var pauses = supervisor.jobs.throttle.pauses
    change(&pauses, name.isEmpty ? nil : name)
    supervisor.jobs.throttle.pauses = pauses
    turn.write(.setConfig(key: Throttle.Pauses.configKey, value: pauses.text))
  }
}
