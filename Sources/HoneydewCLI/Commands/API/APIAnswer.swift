internal import HoneydewText

/// What the subcommands have in common that submit a job for one call of the API.
enum APIAnswer {
  static let options: [Option] = [.waitForResult, .noWaitForResult, .columns, .sort] + JobSettings.optionsOfCalls

  /// Submits the job, and prints its result when it is there, or its id where nobody waits.
  static func get(
    _ invocation: Invocation, _ request: () throws(Failure) -> JobRequest
  ) throws(Failure) -> ExitCode {
    let (arguments, isWaiting) = (invocation.arguments, !invocation.arguments.isSet(.noWaitForResult))
    if arguments.isSet(.waitForResult), !isWaiting {
      throw .usage("--wait and --no-wait exclude each other; give one of them")
    }
    let request = try request()
    let daemon = try invocation.connect()
    let jobID = try request.send(to: daemon, within: isWaiting ? arguments.duration(.waitTimeout) : nil)
    return isWaiting
      ? try JobAnswer.result(of: jobID, daemon, invocation) : try JobAnswer.submitted(jobID, invocation)
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
