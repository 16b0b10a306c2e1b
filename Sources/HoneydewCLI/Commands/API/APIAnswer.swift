internal import HoneydewText

/// What the subcommands have in common that submit a job for one call of the API.
enum APIAnswer {
  static let options: [Option] = [.waitForResult, .noWaitForResult, .columns, .sort] + JobSettings.optionsOfCalls

  /// Refuses to wait and not to wait.
  static func check(_ arguments: ParsedArguments) throws(Failure) {
    if arguments.isSet(.waitForResult), arguments.isSet(.noWaitForResult) {
      throw .usage("--wait and --no-wait exclude each other; give one of them")
    }
  }

  /// Prints the result when it is there, or the job's id where nobody waits.
  static func show(_ jobID: String, _ daemon: DaemonSession, _ invocation: Invocation) throws(Failure) -> ExitCode {
    invocation.arguments.isSet(.noWaitForResult)
      ? try JobAnswer.submitted(jobID, invocation) : try JobAnswer.result(of: jobID, daemon, invocation)
  }
}

extension Option {
  /// For hands that know it from `submit`.
  static let waitForResult = Option(name: "--wait", help: "Wait for the result and print it, as is done anyway")
  static let noWaitForResult = Option(name: "--no-wait", help: "Print the job's id instead of waiting for its result")
}

extension Positional {
  static let organization = Positional(name: "ORG", help: "The organization, as listed by: honeydew orgs")
  static let repository = Positional(name: "REPO", help: "The repository's name, without the organization")
}
