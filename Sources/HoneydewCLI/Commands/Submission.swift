internal import HoneydewCore
internal import HoneydewRPC
internal import HoneydewWire

/// A job from a command type and its arguments as they were typed.
struct Submission {
  private let request: Honeydew_SubmitJobRequest

  /// Reads what was typed, so that mistakes are found before the daemon is asked.
  init(_ invocation: Invocation) throws(Failure) {
    let command = invocation.positional(0)
    var request = Honeydew_SubmitJobRequest()
    request.command = command
    request.payload = try Payload.text(
      Array(invocation.arguments.positionals.dropFirst()), command: CommandRegistry.find(command))
    JobSettings(invocation.arguments).apply(to: &request)
    self.request = request
  }

  /// Submits it, and returns its id.
  func send(to daemon: Daemon) throws(Failure) -> String {
    try daemon.unary { $0.submitJob(request, completion: $1) }.jobID
  }
}

extension Positional {
  static let commandType = Positional(
    name: "COMMAND", kind: .commandType, help: "A command type, as listed by: honeydew api list")
  static let payload = Positional(
    name: "JSON | KEY=VALUE", count: .any, help: "The command's arguments: one JSON object, or pairs")
}
