internal import HoneydewText
internal import HoneydewMessages
internal import HoneydewRPC

extension Subcommand {
  static let queueResume = Subcommand(
    words: ["queue", "resume"], summary: "Start jobs again after a pause",
    options: [.provider],
    details: ["Providers that were paused by name stay paused until they are resumed by name."],
    examples: [
      Example("honeydew queue resume", "ends the pause of the whole queue"),
      Example("honeydew queue resume --provider github", "ends the pause of one provider"),
    ],
    run: { invocation throws(Failure) in
      var request = Honeydew_ResumeQueueRequest()
      request.provider = invocation.arguments.text(.provider) ?? ""
      let reply = try invocation.connect().unary { $0.resumeQueue(request, completion: $1) }
      if invocation.isJSON {
        try invocation.console.json(reply)
      } else {
        try invocation.console.say("Resumed \(QueueText.name(of: request.provider)).")
      }
      return .done
    })
}
