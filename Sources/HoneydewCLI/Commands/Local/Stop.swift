internal import HoneydewMessages
internal import HoneydewRPC
internal import HoneydewText

extension Option {
  static let noWaitForProcesses = Option(
    name: Option.noWait.name, help: "Do not wait until the last of its processes has ended")
}

extension Subcommand {
  static let stop = Subcommand(
    words: ["stop"], summary: "Stop local commands with all that they have started",
    positionals: [.localJobs],
    options: [.noWaitForProcesses, .quiet],
    details: [
      "Each gets SIGTERM, and after its grace (10 s, unless it was started with --grace) SIGKILL. The job stays, cancelled,",
      "with its output, until it is started again or removed. One that has ended already is left as it is.",
    ],
    examples: [
      Example("honeydew stop k3v9", "returns when none of its processes is left"),
      Example("honeydew stop k3v9 m2x7 --no-wait", "returns at once"),
    ],
    run: { invocation throws(Failure) in
      let daemon = try invocation.connect()
      let (jobs, failure) = invocation.each(of: invocation.arguments.positionals) { id throws(Failure) in
        let job = try LocalJobs.status(id, daemon)
        let isStopped = try LocalJobs.stop(job, daemon)
        let left =
          invocation.arguments.isSet(.noWaitForProcesses)
          ? try LocalJobs.status(job.jobID, daemon) : try LocalJobs.waitForItsProcesses(of: job.jobID, daemon)
        try tell(left, isStopped: isStopped, invocation)
        return left
      }
      if invocation.isJSON { try invocation.console.json(jobs) }
      if let failure { throw failure }
      return .done
    })

  private static func tell(
    _ job: Honeydew_JobStatus, isStopped: Bool, _ invocation: Invocation
  ) throws(Failure) {
    guard !invocation.isJSON else { return }
    let console = invocation.console
    if job.isEnding {
      try console.say("\(job.jobID) is being stopped.")
    } else {
      try console.say(isStopped ? "Stopped \(job.jobID)." : "\(job.jobID) has ended already: \(job.status).")
    }
    let survivors = LocalReport(of: job).survivors
    if isStopped, !job.isEnding, !survivors.isEmpty {
      console.note("These could not be ended, and go on: \(survivors.joined(separator: ", "))")
    }
  }
}
