internal import HoneydewAPI
internal import HoneydewCore
internal import HoneydewFrames
internal import HoneydewJSON

/// Begins what `run` asks for. The client is only taken for a call of the API: it costs memory.
///
/// - Throws: why the command cannot begin here. The worker may be older or newer than what the daemon has stored.
func makeRunner(
  for run: Honeydew_Worker_Run, client: @autoclosure () -> HTTPClient, spool: SpoolFile?, channel: Channel
) throws(APIFailure) -> any CommandRunner {
  if run.command == WorkerProtocol.connectionCheck { return try ConnectionRunner(run, client: client()) }
  guard let command = CommandRegistry.find(run.command) else {
    let text = "this worker (version \(HoneydewVersion.current)) does not know the command \(run.command)"
    throw APIFailure(.unknownCommand, text, wasNotSent: true)
  }
  let payload: JSONValue
  do {
    payload = try JSONValue(parsing: run.payload)
    try command.check(payload: payload)
  } catch {
    throw APIFailure(.invalidPayload, "\(error)", wasNotSent: true)
  }
  switch command.target {
  case .api, .internalCall:
    return try APIRunner(run, command: command, payload: payload, client: client(), spool: spool)
  case .document: return try DocumentRunner(run, payload: payload, client: client(), spool: spool)
  case .local: throw APIFailure(.execFailed, "not yet")
  case .diagnostic:
    return try makeDiagnosticRunner(DiagnosticRequest(run, payload), channel: channel)
  }
}
