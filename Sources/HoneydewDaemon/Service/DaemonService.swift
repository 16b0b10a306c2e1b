internal import Glibc
internal import HoneydewConfig
internal import HoneydewCore
internal import HoneydewMessages
internal import HoneydewProtobuf
internal import HoneydewRPC
internal import HoneydewSystem

/// The service `honeydew.Daemon`: it turns requests into decisions of the owners, and answers when they are on disk.
final class DaemonService: Honeydew_DaemonService {
  let supervisor: Supervisor
  var turn: Turn { supervisor.turn }

  init(_ supervisor: Supervisor) {
    self.supervisor = supervisor
  }

  /// Decides something and answers when it is on disk.
  func decide<Response>(_ call: UnaryCall<Response>, _ decision: () throws(Refusal) -> Response) {
    turn.beginDecision()
    do throws(Refusal) {
      try requireStore()
      guard !supervisor.drain.isDraining else { throw .shuttingDown }
      turn.answer(call, try decision())
    } catch {
      turn.refuse(call, error)
    }
  }

  /// Answers from stored state.
  func read<Response>(_ call: UnaryCall<Response>, _ answer: () throws(Refusal) -> Response) {
    turn.beginDecision()
    do throws(Refusal) {
      try requireStore()
      turn.answer(call, try answer())
    } catch {
      turn.refuse(call, error)
    }
  }

  /// Takes up what is answered later.
  func begin<Response>(
    _ call: UnaryCall<Response>, isChange: Bool = true, _ beginning: () throws(Refusal) -> Void
  ) {
    turn.beginDecision()
    do throws(Refusal) {
      try requireStore()
      guard !isChange || !supervisor.drain.isDraining else { throw .shuttingDown }
      try beginning()
    } catch {
      turn.refuse(call, error)
    }
  }

  /// Answers from memory alone: the store may be down.
  func answer<Response>(_ call: UnaryCall<Response>, _ response: () throws(Refusal) -> Response) {
    do throws(Refusal) {
      let response = try response()
      turn.audit(call, when: .always)
      turn.plan(.reply(call.reply(response)), when: .always)
    } catch {
      turn.audit(call, error)
      turn.plan(.reply(call.refusal(Status(error))), when: .always)
    }
  }

  /// What the client may do, by the settings in force.
  func access(of call: ServerCall) -> Access { supervisor.options.access.access(of: call.peer) }

  func requireStore() throws(Refusal) {
    _ = try supervisor.gate.open()
  }

  // MARK: the daemon itself

  func ping(_ request: Honeydew_PingRequest, _ call: UnaryCall<Honeydew_PingResponse>) {
    call.respond(.with { $0.version = HoneydewVersion.current })
  }

  func shutdown(_ request: Honeydew_ShutdownRequest, _ call: UnaryCall<Honeydew_ShutdownResponse>) {
    supervisor.drain.begin(reason: "requested by a client")
    answer(call) { .init() }
  }

  func reload(_ request: Honeydew_ReloadRequest, _ call: UnaryCall<Honeydew_ReloadResponse>) {
    answer(call) { () throws(Refusal) in
      switch supervisor.onReload() {
      case .success(let reload):
        return .with {
          $0.applied = reload.configuration.applied
          $0.needsRestart = reload.configuration.needingRestart
          $0.timeZones = reload.timeZones
        }
      case .failure(let error): throw Refusal(.configInvalid, error.description)
      }
    }
  }

  func getStatus(_ request: Honeydew_GetStatusRequest, _ call: UnaryCall<Honeydew_DaemonStatus>) {
    // So that the log is complete up to the answer, and the count of its lost lines too.
    supervisor.log.flush()
    answer(call) { supervisor.status }
  }
}
