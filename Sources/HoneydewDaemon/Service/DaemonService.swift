internal import Glibc
internal import HoneydewConfig
internal import HoneydewCore
internal import HoneydewRPC
internal import HoneydewSystem
internal import HoneydewWire

/// The service `honeydew.Daemon`: it turns requests into decisions of the supervisor, and answers after the commit.
final class DaemonService: Honeydew_DaemonService {
  let supervisor: Supervisor

  init(_ supervisor: Supervisor) {
    self.supervisor = supervisor
  }

  /// Runs a decision and answers when it is on disk; a refusal is answered at once.
  func decide<Response>(_ call: UnaryCall<Response>, _ decision: () throws(Status) -> Response) {
    do {
      let response = try decision()
      supervisor.turn.reply(to: call) { () throws(Status) in response }
    } catch {
      guard error.tellsOfStoredState else { return call.fail(error) }
      supervisor.turn.reply(to: call) { () throws(Status) in throw error }
    }
  }

  /// Answers from the committed state.
  func read<Response>(_ call: UnaryCall<Response>, _ answer: @escaping () throws(Status) -> Response) {
    do {
      try supervisor.requireStore(forWriting: false)
      supervisor.turn.reply(to: call, answer)
    } catch {
      call.fail(error)
    }
  }

  // MARK: the daemon itself

  func ping(_ request: Honeydew_PingRequest, _ call: UnaryCall<Honeydew_PingResponse>) {
    call.respond(.with { $0.version = HoneydewVersion.current })
  }

  func shutdown(_ request: Honeydew_ShutdownRequest, _ call: UnaryCall<Honeydew_ShutdownResponse>) {
    supervisor.shutDown(reason: "requested by a client")
    call.respond(.init())
  }

  func reload(_ request: Honeydew_ReloadRequest, _ call: UnaryCall<Honeydew_ReloadResponse>) {
    switch supervisor.onReload() {
    case .success(let reload):
      call.respond(
        .with {
          $0.applied = reload.applied
          $0.needsRestart = reload.needingRestart
        })
    case .failure(let error):
      call.fail(.error(.failedPrecondition, error.description, reason: "CONFIG_INVALID"))
    }
  }

  func getStatus(_ request: Honeydew_GetStatusRequest, _ call: UnaryCall<Honeydew_DaemonStatus>) {
    supervisor.turn.always { [supervisor] in
      // So that the log is complete up to the answer, and the count of its lost lines too.
      supervisor.log.flush()
      call.respond(supervisor.status)
    }
  }
}
