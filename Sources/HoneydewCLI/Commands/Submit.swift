extension Subcommand {
  static let submit = Subcommand(
    words: ["submit"], summary: "Submit a job and print its id, or wait for its result",
    positionals: [.commandType, .payload],
    options: [.wait] + JobSettings.options,
    details: Payload.rules,
    examples: [
      Example("honeydew submit github.repositories organization=acme --wait", "prints the repositories as a table"),
      Example(
        "honeydew submit github.commits '{\"organization\": \"acme\", \"repository\": \"api\"}' --priority 5",
        "prints the id of a job that runs before others"),
      Example(
        "honeydew submit github.commits organization=acme repository=api includeDiff=true",
        "prints the id of a job with a flag among its arguments"),
    ],
    run: { invocation throws(Failure) in
      let submission = try Submission(invocation)
      let daemon = try invocation.connect()
      let jobID = try submission.send(to: daemon)
      return invocation.arguments.isSet(.wait)
        ? try JobAnswer.result(of: jobID, daemon, invocation) : try JobAnswer.submitted(jobID, invocation)
    })
}
