internal import HoneydewText
internal import HoneydewMessages
internal import HoneydewRPC
internal import HoneydewSystem

extension Subcommand {
  static let ping = Subcommand(
    words: ["ping"], summary: "Ask the daemon whether it is there",
    examples: [
      Example("honeydew ping", "prints the daemon's version and how long the answer took"),
      Example("honeydew ping --socket /run/honeydew/daemon.sock", "asks the system's daemon"),
    ],
    run: { invocation throws(Failure) in
      let daemon = try invocation.connect()
      let start = Clock.monotonic()
      let reply = try daemon.read(limit: DaemonSession.glance) { $0.ping(Honeydew_PingRequest(), completion: $1) }
      let elapsed = Clock.monotonic() - start
      if invocation.isJSON {
        try invocation.console.json(reply)
      } else {
        try invocation.console.say("honeydewd \(reply.version) answered in \(HumanText.duration(elapsed))")
      }
      return .done
    })
}
