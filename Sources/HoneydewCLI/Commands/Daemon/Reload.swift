internal import HoneydewText
internal import HoneydewMessages
internal import HoneydewRPC

extension Subcommand {
  static let reload = Subcommand(
    words: ["reload"], summary: "Have the daemon read its configuration again",
    options: [.quiet],
    details: [
      "All of it is applied, or it is refused and the old one stays. What can only change at a start of the daemon is",
      "named, and so are time zones of schedules that have changed. SIGHUP does the same, and writes to the log.",
    ],
    examples: [
      Example("honeydew reload", "applies a file that was changed"),
      Example("honeydew reload --json | jq -r '.needs_restart[]'", "lists what waits for a restart"),
    ],
    run: { invocation throws(Failure) in
      let daemon = try invocation.connect()
      let reply: Honeydew_ReloadResponse
      do throws(Failure) {
        reply = try daemon.unary { $0.reload(Honeydew_ReloadRequest(), completion: $1) }
      } catch {
        // What is wrong with the configuration is a sentence for each line of it.
        throw error.status == .failed ? Failure(lines: error.text) : error
      }
      guard !invocation.isJSON else {
        try invocation.console.json(reply)
        return .done
      }
      var facts: [Fact] = []
      if !reply.applied.isEmpty || reply.timeZones.isEmpty {
        let applied = reply.applied.isEmpty ? "nothing has changed" : reply.applied.joined(separator: ", ")
        facts.append(Fact("applied", applied, reply.applied.isEmpty ? .plain : .good))
      }
      if !reply.timeZones.isEmpty {
        facts.append(Fact("time zones", "changed: \(reply.timeZones.joined(separator: ", "))", .good))
      }
      if !reply.needsRestart.isEmpty {
        facts.append(Fact("needs a restart", reply.needsRestart.joined(separator: ", "), .warning))
      }
      try invocation.console.facts(facts)
      return .done
    })
}
