internal import HoneydewCore
internal import HoneydewFrames
internal import HoneydewMessages
internal import HoneydewProtobuf
internal import HoneydewRPC
internal import HoneydewStore

/// Whether a worker can connect to the API.
extension AuthDesk {
  /// Has the next free worker connect.
  func check(_ name: String, _ client: UnaryCall<Honeydew_CheckEnvironmentResponse>) throws(Refusal) {
    let environment = try self.environment(named: name)
    let work = enqueue(
      "check", WorkerProtocol.connectionCheck, payload: [], to: environment, .check(client, environment: environment))
    client.onCancel = { [unowned self] in withdraw(work) }
  }

  func checkEnded(
    _ outcome: Result<Honeydew_Worker_Result, Refusal>, of environment: Environment,
    _ client: UnaryCall<Honeydew_CheckEnvironmentResponse>
  ) {
    do throws(Refusal) {
      let problem: String
      switch try outcome.get().outcome {
      case .data: problem = ""
      case .failure(let failure): problem = failure.text.asReport
      case .unauthorized, .tokens, .spooled, nil:
        throw Refusal(.protocolError, "the worker answered the check with something else")
      }
      turn.answer(
        client,
        .with {
          $0.environment = environment.name
          $0.baseURL = environment.baseURL
          $0.problem = problem
        })
    } catch {
      turn.refuse(client, error)
    }
  }
}
