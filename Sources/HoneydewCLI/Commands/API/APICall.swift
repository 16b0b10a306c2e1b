internal import HoneydewText

extension Subcommand {
  static let apiCall = Subcommand(
    words: ["api", "call"], summary: "Call the Honeydew API as a job and print the result",
    positionals: [.commandType, .payload],
    options: APIAnswer.options,
    details: Payload.rules,
    examples: [
      Example("honeydew api call github.repositories organization=acme", "prints the repositories as a table"),
      Example(
        "honeydew api call github.repositories '{\"organization\": \"acme\"}' --json",
        "prints the API's answer, unchanged"),
      Example("honeydew api call organizations.list --no-wait", "prints the job's id"),
    ],
    run: { invocation throws(Failure) in
      try APIAnswer.get(invocation) { () throws(Failure) in
        try JobRequest(invocation, priority: JobSettings.priorityOfCalls)
      }
    })
}
