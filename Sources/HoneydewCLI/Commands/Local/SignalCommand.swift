internal import HoneydewMessages
internal import HoneydewRPC
internal import HoneydewText

extension Subcommand {
  static let signal = Subcommand(
    words: ["signal"], summary: "Send a signal to a local command that runs",
    positionals: [
      .localJob, Positional(name: "SIG", kind: .signal, help: "A name or number: HUP, SIGUSR1, 10"),
    ],
    options: [.quiet],
    details: [
      "It goes to all processes of the group that the program has begun with, as Ctrl-C of a terminal does. What has gone",
      "into a group of its own is reached by stop.",
    ],
    examples: [
      Example("honeydew signal k3v9 HUP", "has a server read its configuration again"),
      Example("honeydew signal k3v9 STOP", "halts it, until: honeydew signal k3v9 CONT"),
    ],
    run: { invocation throws(Failure) in
      let text = invocation.positional(1)
      guard let number = SignalText.number(text) else {
        throw .usage(
          "there is no signal \(quoted(text))\(suggestion(for: text.uppercased(), among: SignalText.names)); see: kill -l"
        )
      }
      var request = Honeydew_SignalJobRequest()
      (request.jobID, request.signal) = (invocation.positional(0), number)
      let reply = try invocation.connect().unary { $0.signalJob(request, completion: $1) }
      if invocation.isJSON {
        try invocation.console.json(reply)
      } else {
        try invocation.console.say("Sent \(SignalText.name(number)) to \(reply.jobID).")
      }
      return .done
    })
}
