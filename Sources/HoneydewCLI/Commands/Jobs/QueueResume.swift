internal import HoneydewText
internal import HoneydewMessages
internal import HoneydewRPC

extension Subcommand {
  static let queueResume = Subcommand(
    words: ["queue", "resume"], summary: "Start jobs again after a pause",
    options: [.provider, .pausedPool, .quiet],
    details: ["Providers and pools that were paused by name stay paused until they are resumed by name."],
    examples: [
      Example("honeydew queue resume", "ends the pause of the whole queue"),
      Example("honeydew queue resume --provider github", "ends the pause of one provider"),
    ],
    run: { invocation throws(Failure) in
      var request = Honeydew_ResumeQueueRequest()
      (request.provider, request.pool) = try QueueText.part(invocation.arguments)
      let daemon = try invocation.connect()
      let reply = try daemon.unary { $0.resumeQueue(request, completion: $1) }
      guard !invocation.isJSON else {
        try invocation.console.json(reply)
        return .done
      }
      try invocation.console.say("Resumed \(QueueText.name(of: request.provider, pool: request.pool)).")
      let stats = try daemon.read { $0.getQueueStats(Honeydew_GetQueueStatsRequest(), completion: $1) }
      for pause in QueueText.pauses(stats) { invocation.console.note("Still \(pause)") }
      return .done
    })
}
