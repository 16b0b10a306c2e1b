internal import HoneydewJSON
internal import HoneydewMessages
internal import HoneydewProtobuf
internal import HoneydewRPC
internal import HoneydewSystem
internal import HoneydewText

extension Subcommand {
  static let nuke = Subcommand(
    words: ["nuke"], summary: "Stop all local commands, remove their jobs and output, and stop the daemon",
    options: [.dryRun, .yes, .quiet],
    details: [
      "It says how many there are, and asks. Schedules, other jobs, logins and the configuration stay for the daemon's next",
      "start.",
    ],
    examples: [
      Example("honeydew nuke", "ends and removes all of it, after a question"),
      Example("honeydew nuke --dry-run", "says what that would be"),
    ],
    run: { invocation throws(Failure) in
      let (arguments, console) = (invocation.arguments, invocation.console)
      let isDryRun = arguments.isSet(.dryRun)
      if !isDryRun, !arguments.isSet(.yes) { try Prompt.checkTerminal(orElse: "--yes") }
      let daemon = try invocation.connect()
      let status = try daemon.read { $0.getStatus(Honeydew_GetStatusRequest(), completion: $1) }
      let unended = try cancel(daemon, isDryRun: true)
      let all = unended + (try remove(daemon, isDryRun: true))
      let others = status.jobs.pending + status.jobs.running - unended
      let deed =
        "\(HumanText.count(unended, "command")), remove \(HumanText.count(all, "job")) with their output, and stop the daemon"
      let rest = others > 0 ? " \(HumanText.count(others, "other job")) would wait for its next start." : ""
      if isDryRun {
        if invocation.isJSON {
          try console.json(.object([.init("stopped", .number(unended)), .init("removed", .number(all))]))
        } else {
          try console.say("Would stop \(deed); nothing was done.\(rest)")
        }
        return .done
      }
      if !arguments.isSet(.yes) {
        if !rest.isEmpty { console.note(String(rest.dropFirst())) }
        try Prompt.confirm("Stop \(deed)?", orElse: "--yes", console)
      }
      let stopped = try cancel(daemon, isDryRun: false)
      try waitForProcesses(daemon)
      let removed = try remove(daemon, isDryRun: false)
      let process = ProcessWatch(pid: status.pid)
      _ = try daemon.unary { $0.shutdown(Honeydew_ShutdownRequest(), completion: $1) }
      if let process { try daemon.waitForEnd(of: process) }
      if invocation.isJSON {
        try console.json(.object([.init("stopped", .number(stopped)), .init("removed", .number(removed))]))
      } else {
        try console.say(
          "Stopped \(HumanText.count(stopped, "command")), removed \(HumanText.count(removed, "job")), and the daemon has "
            + "stopped.")
      }
      return .done
    })

  private static let everything = Honeydew_JobFilter.with { $0.command = LocalPayload.command }

  private static func cancel(_ daemon: DaemonSession, isDryRun: Bool) throws(Failure) -> Int64 {
    let request = Honeydew_CancelJobRequest.with { ($0.filter, $0.dryRun) = (everything, isDryRun) }
    return try daemon.unary(limit: JobSelection.patience, saying: "stopping commands") {
      $0.cancelJob(request, completion: $1)
    }.cancelled
  }

  private static func remove(_ daemon: DaemonSession, isDryRun: Bool) throws(Failure) -> Int64 {
    let request = Honeydew_RemoveJobsRequest.with { ($0.filter, $0.dryRun) = (everything, isDryRun) }
    return try daemon.unary(limit: JobSelection.patience, saying: "removing jobs") {
      $0.removeJobs(request, completion: $1)
    }.removed
  }

  /// Until no ended command has processes left.
  private static func waitForProcesses(_ daemon: DaemonSession) throws(Failure) {
    var list = Honeydew_ListJobsRequest(matching: everything)
    list.status = "cancelled"
    for job in try daemon.jobs(list, limit: 1_000_000).jobs where job.isEnding {
      // Somebody else may remove it meanwhile.
      do throws(Failure) {
        _ = try LocalJobs.waitForItsProcesses(of: job.jobID, daemon)
      } catch  where error.status == .failed {}
    }
  }
}
