internal import HoneydewText
internal import HoneydewCore
internal import HoneydewMessages
internal import HoneydewRPC
internal import HoneydewSystem

/// A job from a command type and its arguments as they were typed.
struct JobRequest {
  private let request: Honeydew_SubmitJobRequest

  /// Reads what was typed, so that mistakes are found before the daemon is asked.
  ///
  /// - Parameter priority: of a job for which none was given.
  init(_ invocation: Invocation, priority: Int32 = 0) throws(Failure) {
    guard let command = invocation.arguments.positionals.first else {
      throw .usage("COMMAND is missing: \(Help.usageLine(invocation.subcommand))")
    }
    var request = try JobRequest.settings(invocation, priority: priority)
    request.command = command
    request.payload = try Payload.text(
      Array(invocation.arguments.positionals.dropFirst()), command: CommandRegistry.find(command))
    self.request = request
  }

  /// A call of the API that a person asks for.
  ///
  /// - Parameter payload: the arguments of the command, as JSON.
  init(_ invocation: Invocation, _ command: String, payload: String) throws(Failure) {
    var request = try JobRequest.settings(invocation, priority: JobSettings.priorityOfCalls)
    request.command = command
    request.payload = payload
    self.request = request
  }

  /// A job of which only the options are known.
  static func settings(
    _ invocation: Invocation, priority: Int32 = 0
  ) throws(Failure) -> Honeydew_SubmitJobRequest {
    var request = Honeydew_SubmitJobRequest()
    try JobSettings(invocation.arguments).apply(to: &request, priority: priority)
    return request
  }

  /// Submits it, and returns its id.
  ///
  /// - Parameter limit: how long the caller waits for all that it asks; nil is without a limit.
  func send(to daemon: DaemonSession, within limit: Duration?) throws(Failure) -> String {
    try daemon.unary(by: limit.map { Clock.monotonic() + $0 }) { $0.submitJob(request, completion: $1) }.jobID
  }
}

extension Positional {
  static let commandType = Positional(
    name: "COMMAND", kind: .commandType, help: "A command type, as listed by: honeydew api list")
  static let payload = Positional(
    name: "JSON | KEY=VALUE", count: .any, kind: .commandArgument,
    help: "The command's arguments: one JSON object, or pairs")
}
