internal import HoneydewText
internal import HoneydewMessages
internal import HoneydewRPC
internal import HoneydewSystem

extension Option {
  static let noWait = Option(name: "--no-wait", help: "Do not wait until the daemon has stopped")
}

extension Subcommand {
  static let shutdown = Subcommand(
    words: ["shutdown"], summary: "Stop the daemon; pending jobs wait for its next start",
    options: [.noWait, .quiet],
    details: [
      "Running jobs get some time to finish (queue.shutdown_timeout). Those that do not run again after the next",
      "start, but for commands that must not be repeated: such a job fails, and its error says that it may have",
      "been carried out.",
      "Asked a second time, the daemon gives them no more time.",
    ],
    examples: [
      Example("honeydew shutdown", "waits until the daemon's process has ended"),
      Example("honeydew shutdown --no-wait", "returns as soon as the daemon has begun to stop"),
    ],
    run: { invocation throws(Failure) in
      let daemon = try invocation.connect()
      let status = try daemon.read { $0.getStatus(Honeydew_GetStatusRequest(), completion: $1) }
      let process = invocation.arguments.isSet(.noWait) ? nil : ProcessWatch(pid: status.pid)
      let reply = try daemon.unary { $0.shutdown(Honeydew_ShutdownRequest(), completion: $1) }
      let isWatched = process != nil
      if let process { try daemon.waitForEnd(of: process) }
      if invocation.isJSON {
        try invocation.console.json(reply)
      } else {
        try invocation.console.say(isWatched ? "The daemon has stopped." : "The daemon is stopping.")
      }
      return .done
    })
}
