internal import HoneydewMessages
internal import HoneydewRPC
internal import HoneydewText

extension Subcommand {
  static let start = Subcommand(
    words: ["start"], summary: "Run local commands that have ended again, under their ids",
    positionals: [.localJobs],
    options: [.followOutput, .quiet],
    details: [
      "They get the arguments, the directory and the environment that they were added with. What they have written before",
      "stays with its attempt. With -f one is stayed with as by run, and the exit status is the program's.",
    ],
    examples: [
      Example("honeydew start k3v9", "starts it once more"),
      Example("honeydew start -f k3v9", "shows what it writes, and ends as it does"),
    ],
    run: { invocation throws(Failure) in
      try begin("Started", invocation) { job, daemon throws(Failure) in
        try LocalJobs.start(job.jobID, daemon)
      }
    })

  static let restart = Subcommand(
    words: ["restart"], summary: "Stop local commands that run, and start them again",
    positionals: [.localJobs],
    options: [.followOutput, .quiet],
    details: [
      "The new attempt begins when the last process of the one before has ended. One that has ended already is started.",
      "With -f one is stayed with as by run, and the exit status is the program's.",
    ],
    examples: [
      Example("honeydew restart k3v9", "gives a server its new configuration"),
      Example("honeydew restart -f k3v9", "shows what the new attempt writes"),
    ],
    run: { invocation throws(Failure) in
      try begin("Restarted", invocation) { job, daemon throws(Failure) in
        _ = try LocalJobs.stop(job, daemon)
        try LocalJobs.start(job.jobID, daemon)
      }
    })

  private static func begin(
    _ past: String, _ invocation: Invocation,
    _ change: (Honeydew_JobStatus, DaemonSession) throws(Failure) -> Void
  ) throws(Failure) -> ExitCode {
    let ids = invocation.arguments.positionals
    let follows = invocation.arguments.isSet(.followOutput)
    guard !follows || ids.count == 1 else {
      throw .usage("--follow stays with one job; follow several with: honeydew output -f \(ids.joined(separator: " "))")
    }
    let daemon = try invocation.connect()
    var attempt: Int32 = 1
    let (jobs, failure) = invocation.each(of: ids) { id throws(Failure) in
      let job = try LocalJobs.status(id, daemon)
      attempt = job.attempts + 1
      try change(job, daemon)
      if !invocation.isJSON, !follows { try invocation.console.say("\(past) \(job.jobID).") }
      return try LocalJobs.status(job.jobID, daemon)
    }
    if follows, let job = jobs.first {
      let stay = LocalStay(
        jobID: job.jobID, invocation: invocation, daemon: daemon, isQuiet: false, firstAttempt: attempt)
      do throws(Failure) {
        return try stay.run()
      } catch {
        throw error.besideProgram
      }
    }
    if invocation.isJSON { try invocation.console.json(jobs) }
    if let failure { throw failure }
    return .done
  }
}
