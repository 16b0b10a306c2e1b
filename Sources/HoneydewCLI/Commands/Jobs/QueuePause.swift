internal import HoneydewText
internal import HoneydewMessages
internal import HoneydewRPC

extension Option {
  static let provider = Option(
    name: "--provider", value: "NAME", kind: .provider, help: "Only the jobs of one provider, such as github")
}

extension Option {
  static let pausedPool = Option(
    name: "--pool", value: "NAME", kind: .pool, help: "Only the jobs of one pool, such as exec")
}

extension Subcommand {
  static let queuePause = Subcommand(
    words: ["queue", "pause"], summary: "Start no more jobs, until: honeydew queue resume",
    options: [.provider, .pausedPool, .quiet],
    details: ["Running jobs go on, and jobs can be submitted. The pause outlasts a restart of the daemon."],
    examples: [
      Example("honeydew queue pause", "pauses the whole queue"),
      Example("honeydew queue pause --provider github", "pauses the jobs of one provider while the others go on"),
      Example("honeydew queue pause --pool exec", "starts no more local commands, unless they have another pool"),
    ],
    run: { invocation throws(Failure) in
      var request = Honeydew_PauseQueueRequest()
      (request.provider, request.pool) = try QueueText.part(invocation.arguments)
      let reply = try invocation.connect().unary { $0.pauseQueue(request, completion: $1) }
      if invocation.isJSON {
        try invocation.console.json(reply)
      } else {
        try invocation.console.say(
          "Paused \(QueueText.name(of: request.provider, pool: request.pool)); go on with: "
            + QueueText.resumption(of: request.provider, pool: request.pool))
      }
      return .done
    })
}
