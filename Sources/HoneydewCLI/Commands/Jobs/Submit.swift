internal import HoneydewText

extension Option {
  static let from = Option(
    name: "--from", value: "FILE", kind: .file,
    help: "Submit the jobs of a file (-: standard input), one a line")
}

extension Subcommand {
  static let submit = Subcommand(
    words: ["submit"], summary: "Submit a job and print its id, or wait for its result; or submit many",
    positionals: [
      Positional(
        name: Positional.commandType.name, count: .optional, kind: .commandType, help: Positional.commandType.help),
      .payload,
    ],
    options: [.wait] + JobSettings.options + [.from],
    details: Payload.rules + [
      "",
      "Each line of --from is an object such as",
      "  {\"command\": \"github.repositories\", \"payload\": {\"organization\": \"acme\"}}",
      "with any of: command, payload (an object or a text), priority, max_retries, timeout_ms, run_at,",
      "delay_ms, idempotency_key, environment, labels, pool. The options hold for lines that say nothing else.",
      "The ids are printed in the order of the lines. With an idempotency_key in each line it is safe to",
      "submit the same file again. With --wait a line is printed for each job when it ends, as by job wait.",
    ],
    startsDaemon: true,
    examples: [
      Example("honeydew submit github.repositories organization=acme --wait", "prints the repositories as a table"),
      Example(
        "honeydew submit github.repositories '{\"organization\": \"acme\"}' --priority 5",
        "prints the id of a job that runs before others"),
      Example(
        "honeydew submit github.repositories organization=acme --at 2026-01-31T22:00:00Z --key january",
        "runs it at night, and once even if the command is repeated"),
      Example("honeydew submit --from jobs.jsonl --label batch=7", "prints the ids of the jobs of a file"),
      Example("honeydew submit --from jobs.jsonl --wait", "waits for all of them, and says how each ended"),
      Example("honeydew submit --from - --json | jq -r '.job_ids[]'", "submits what comes through a pipe"),
    ],
    run: { invocation throws(Failure) in
      if let file = invocation.arguments.text(.from) {
        try checkBulk(invocation.arguments)
        var bulk = try FileSubmission(file, invocation)
        return try bulk.run()
      }
      let submission = try JobRequest(invocation)
      let daemon = try invocation.connect()
      let isWaiting = invocation.arguments.isSet(.wait)
      let jobID = try submission.send(
        to: daemon, within: isWaiting ? invocation.arguments.duration(.waitTimeout) : nil)
      return isWaiting
        ? try JobAnswer.result(of: jobID, daemon, invocation) : try JobAnswer.submitted(jobID, invocation)
    })

  private static func checkBulk(_ arguments: ParsedArguments) throws(Failure) {
    if let word = arguments.positionals.first {
      throw .usage("--from takes the jobs from a file; leave out \(quoted(word))")
    }
    if arguments.isSet(.key) {
      throw .usage("--key names one job; give each line of --from an idempotency_key of its own")
    }
    if arguments.isSet(.waitTimeout), !arguments.isSet(.wait) {
      throw .usage("--wait-timeout limits the wait of --wait; give that too")
    }
  }
}
