internal import HoneydewAPI
internal import HoneydewCore
internal import HoneydewFrames
internal import HoneydewJSON

/// The arguments of a diagnostic command, read by name.
struct DiagnosticRequest {
  let command: String
  let attempt: AttemptID
  private let payload: JSONValue

  init(_ run: Honeydew_Worker_Run, _ payload: JSONValue) {
    command = run.command
    attempt = AttemptID(run)
    self.payload = payload
  }

  func string(_ name: String) -> String? { payload[name]?.string }

  func int(_ name: String) -> Int64? { payload[name]?.int }

  func flag(_ name: String) -> Bool { payload[name]?.bool ?? false }

  func milliseconds(_ name: String) -> Duration? {
    int(name).map { .milliseconds(min(max($0, 0), 1 << 40)) }
  }

  /// Whether this attempt is past those that misbehave.
  var hasCalmedDown: Bool {
    int("untilAttempt").map { Int64(attempt.attempt) > $0 } ?? false
  }
}

/// Begins a diagnostic command, under its lock where it names one.
func makeDiagnosticRunner(
  _ request: DiagnosticRequest, channel: Channel
) throws(APIFailure) -> any CommandRunner {
  guard let lockFile = request.string("lockFile") else { return try makeRunner(request, channel) }
  let lock = try AttemptLock(lockFile, of: request.attempt)
  return LockedRunner(try makeRunner(request, channel), lock)
}

private func makeRunner(_ request: DiagnosticRequest, _ channel: Channel) throws(APIFailure) -> any CommandRunner {
  if request.hasCalmedDown { return ScriptedRunner { _ in .data(Array("{}".utf8)) } }
  switch request.command {
  case "diag.noop": return noopRunner(request)
  case "diag.sleep": return SleepRunner(for: request.milliseconds("ms") ?? .zero) { .data(Array("{}".utf8)) }
  case "diag.fail": return failRunner(request)
  case "diag.leak": return LeakRunner(megabytes: request.int("mb"))
  case "diag.crash": return crashRunner(request, channel)
  case "diag.hang": return hangRunner(request, channel)
  case "diag.garbage": return garbageRunner(request, channel)
  case "diag.grandchild": return grandchildRunner(request, channel)
  default:
    throw APIFailure(.unknownCommand, "this worker does not know the diagnostic \(request.command)", wasNotSent: true)
  }
}
