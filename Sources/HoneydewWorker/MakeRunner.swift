internal import HoneydewAPI
internal import HoneydewCore
internal import HoneydewFrames
internal import HoneydewJSON

/// Begins what `run` asks for. The client is only taken for a call of the API: it costs memory.
///
/// - Parameter place: of a worker of local commands, which calls no API; nil in all others, which run no programs.
/// - Throws: why the command cannot begin here. The worker may be older or newer than what the daemon has stored.
func makeRunner(
  for run: Honeydew_Worker_Run, client: @autoclosure () -> HTTPClient, spool: SpoolFile?, channel: Channel,
  place: LocalPlace?
) throws(APIFailure) -> any CommandRunner {
  if run.command == WorkerProtocol.connectionCheck, place == nil { return try ConnectionRunner(run, client: client()) }
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
  if command.callsAPI || command.isLocal || !command.canBeJob {
    guard command.isLocal == (place != nil) else {
      throw APIFailure(.invalidPayload, "\(run.command) has come to a worker of another kind", wasNotSent: true)
    }
  }
  switch command.target {
  case .api, .internalCall:
    return try APIRunner(run, command: command, payload: payload, client: client(), spool: spool)
  case .document: return try DocumentRunner(run, payload: payload, client: client(), spool: spool)
  case .local:
    guard let place else { preconditionFailure("only a worker of local commands comes here") }
    return try LocalRunner(run, payload: payload, place: place)
  case .diagnostic:
    return try makeDiagnosticRunner(DiagnosticRequest(run, payload), channel: channel)
  }
}
