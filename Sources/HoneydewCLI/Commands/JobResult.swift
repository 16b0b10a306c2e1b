internal import HoneydewRPC
internal import HoneydewWire

extension Subcommand {
  static let jobResult = Subcommand(
    words: ["job", "result"], summary: "Print the result of a completed job",
    positionals: [.jobID],
    examples: [
      Example("honeydew job result k3v9", "prints the result as a table"),
      Example("honeydew job result k3v9 --json > commits.json", "prints what the API answered, unchanged"),
    ],
    run: { invocation throws(Failure) in
      var request = Honeydew_GetJobStatusRequest()
      request.jobID = invocation.positional(0)
      let daemon = try invocation.connect()
      let job = try daemon.unary { $0.getJobStatus(request, completion: $1) }
      return try JobAnswer.printResult(of: job, daemon, invocation)
    })
}
