internal import HoneydewText
internal import HoneydewMessages
internal import HoneydewRPC

extension Option {
  static let provider = Option(
    name: "--provider", value: "NAME", kind: .provider, help: "Only the jobs of one provider, such as github")
}

extension Subcommand {
  static let queuePause = Subcommand(
    words: ["queue", "pause"], summary: "Start no more jobs, until: honeydew queue resume",
    options: [.provider, .quiet],
    details: ["Running jobs go on, and jobs can be submitted. The pause outlasts a restart of the daemon."],
    examples: [
      Example("honeydew queue pause", "pauses the whole queue"),
      Example("honeydew queue pause --provider github", "pauses the jobs of one provider while the others go on"),
    ],
    run: { invocation throws(Failure) in
      var request = Honeydew_PauseQueueRequest()
      request.provider = invocation.arguments.text(.provider) ?? ""
      let reply = try invocation.connect().unary { $0.pauseQueue(request, completion: $1) }
      if invocation.isJSON {
        try invocation.console.json(reply)
      } else {
        try invocation.console.say(
          "Paused \(QueueText.name(of: request.provider)); go on with: \(QueueText.resumption(of: request.provider))")
      }
      return .done
    })
}
