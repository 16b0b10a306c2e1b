internal import HoneydewMessages
internal import HoneydewRPC
internal import HoneydewText

extension Subcommand {
  static let remove = Subcommand(
    words: ["remove"], summary: "Remove ended jobs with their output, for good",
    positionals: [.localJobs],
    options: [.dryRun, .quiet],
    details: ["All of them are removed, or none. Stop what runs first."],
    examples: [Example("honeydew remove k3v9 m2x7", "removes two")],
    run: { invocation throws(Failure) in
      let change = BulkDialogue(verb: "Remove", past: "Removed", noun: "ended job", asks: false)
      return try change.run(invocation, try invocation.connect(), nil) { daemon, isDryRun throws(Failure) in
        var request = Honeydew_RemoveJobsRequest()
        (request.jobIds, request.dryRun) = (invocation.arguments.positionals, isDryRun)
        return try daemon.unary { $0.removeJobs(request, completion: $1) }
      }
    })

  static let cleanup = Subcommand(
    words: ["cleanup"], summary: "Remove all local commands of a directory that have ended, for good",
    options: Workdir.options + [.dryRun, .yes, .quiet],
    details: ["It says how many there are, and asks. Their output goes with them."],
    examples: [
      Example("honeydew cleanup", "removes those of the present directory, after a question"),
      Example("honeydew cleanup --all --dry-run", "says how many there are everywhere"),
    ],
    run: { invocation throws(Failure) in
      let filter = try Workdir.filter(invocation.arguments)
      let place = filter.cwd.isEmpty ? "of local commands in all directories" : "of local commands in \(filter.cwd)"
      let change = BulkDialogue(verb: "Remove", past: "Removed", noun: "ended job", asks: true)
      return try change.run(invocation, try invocation.connect(), place) { daemon, isDryRun throws(Failure) in
        var request = Honeydew_RemoveJobsRequest()
        (request.filter, request.dryRun) = (filter, isDryRun)
        return try daemon.unary(limit: JobSelection.patience, saying: "removing jobs") {
          $0.removeJobs(request, completion: $1)
        }
      }
    })
}
