internal import HoneydewText
internal import HoneydewMessages
internal import HoneydewRPC

extension Option {
  static let output = Option(
    name: "--output", short: "-o", value: "FILE", kind: .file,
    help: "Write what the API answered to a file, or unchanged to standard output (-)")
}

extension Subcommand {
  static let jobResult = Subcommand(
    words: ["job", "result"], summary: "Print a completed job's result, or write it to a file",
    positionals: [.jobID],
    options: [.output, .columns, .sort],
    details: ["The file is there with the whole result, or as it was before."],
    examples: [
      Example("honeydew job result k3v9", "prints the result as a table"),
      Example("honeydew job result k3v9 --json | jq .githubCommits", "prints a part of what the API answered"),
      Example("honeydew job result k3v9 -o commits.json", "writes what the API answered, unchanged"),
    ],
    run: { invocation throws(Failure) in
      var request = Honeydew_GetJobStatusRequest()
      request.jobID = invocation.positional(0)
      let daemon = try invocation.connect()
      let job = try daemon.read { $0.getJobStatus(request, completion: $1) }
      guard job.resultSpooled || !job.result.isEmpty || job.resultSize == 0 else {
        throw Failure(.failed, "the result of job \(job.jobID) is shown to who submitted it and to administrators only")
      }
      guard let name = invocation.arguments.text(.output) else {
        return try JobAnswer.printResult(of: job, daemon, invocation)
      }
      if let failure = JobEnd.failure(of: job) { throw failure }
      if name == "-" {
        var result: [UInt8] = []
        try read(job, daemon) { (bytes) throws(Failure) in result += bytes }
        try invocation.console.copy(result)
        return .done
      }
      var file = try OutputFile(name)
      try read(job, daemon) { (bytes) throws(Failure) in try file.write(bytes) }
      try file.finish()
      return .done
    })

  private static func read(
    _ job: Honeydew_JobStatus, _ daemon: DaemonSession, onChunk: ([UInt8]) throws(Failure) -> Void
  ) throws(Failure) {
    if job.resultSpooled {
      try daemon.readResult(of: job.jobID, onChunk: onChunk)
    } else {
      try onChunk(Array(job.result.utf8))
    }
  }
}
