internal import HoneydewText

extension Subcommand {
  static let add = Subcommand(
    words: ["add"], summary: "Start a program as a job, and print the job's id",
    positionals: [.program],
    options: LocalOptions.all,
    details: LocalOptions.rules,
    startsDaemon: true,
    examples: [
      Example("honeydew add npm run dev", "leaves a server running, and prints the id of its job"),
      Example("honeydew add --reuse npm run dev", "does so once: the one that runs already stays"),
      Example("honeydew add --pool slow --delay 10m --retries 2 -- ./import --all", "runs it later, up to three times"),
      Example("honeydew add make | xargs honeydew await", "has the id alone on standard output"),
    ],
    run: { invocation throws(Failure) in
      let local = try LocalRequest(invocation)
      let daemon = try invocation.connect()
      let jobID = try local.send(to: daemon, reusing: invocation.arguments.isSet(.reuse)).jobID
      let status = try JobAnswer.submitted(jobID, invocation)
      if invocation.console.width != nil, !invocation.isJSON {
        invocation.console.note("See what it writes with: honeydew output -f \(jobID)")
        invocation.console.note("Wait for it with: honeydew await \(jobID); end it with: honeydew stop \(jobID)")
      }
      return status
    })
}
