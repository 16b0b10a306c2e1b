internal import HoneydewText

/// What the subcommands have in common that submit a job for one call of the API.
enum APIAnswer {
  static let options: [Option] = [.noWaitForResult, .columns, .sort] + JobSettings.optionsOfCalls

  /// Prints the result when it is there, or the job's id where nobody waits.
  static func show(_ jobID: String, _ daemon: DaemonSession, _ invocation: Invocation) throws(Failure) -> ExitCode {
    invocation.arguments.isSet(.noWaitForResult)
      ? try JobAnswer.submitted(jobID, invocation) : try JobAnswer.result(of: jobID, daemon, invocation)
  }
}

extension Option {
  static let noWaitForResult = Option(name: "--no-wait", help: "Print the job's id instead of waiting for its result")
}

extension Positional {
  static let organization = Positional(name: "ORG", help: "The organization, as listed by: honeydew orgs")
  static let repository = Positional(name: "REPO", help: "The repository's name, without the organization")
}
