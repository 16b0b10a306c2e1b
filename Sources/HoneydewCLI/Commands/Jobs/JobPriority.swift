internal import HoneydewText
internal import HoneydewMessages
internal import HoneydewRPC

extension Subcommand {
  static let jobPriority = Subcommand(
    words: ["job", "priority"], summary: "Change the priority of a pending job",
    positionals: [.jobID, Positional(name: "N", kind: .priority, help: "The new priority; higher runs first")],
    options: [.quiet],
    examples: [
      Example("honeydew job priority k3v9 10", "lets the job run before those of lower priority"),
      Example("honeydew job priority k3v9 -1", "lets all others run first"),
    ],
    run: { invocation throws(Failure) in
      var request = Honeydew_SetJobPriorityRequest()
      request.jobID = invocation.positional(0)
      request.priority = Int32(invocation.positional(1)) ?? 0
      let reply = try invocation.connect().unary { $0.setJobPriority(request, completion: $1) }
      if invocation.isJSON {
        try invocation.console.json(reply)
      } else {
        try invocation.console.say("Job \(reply.jobID) has priority \(request.priority).")
      }
      return .done
    })
}
