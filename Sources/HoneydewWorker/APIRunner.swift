internal import HoneydewAPI
internal import HoneydewCore
internal import HoneydewFrames
internal import HoneydewJSON

/// A call of the Honeydew API.
final class APIRunner: CommandRunner {
  /// Answers to login and refresh are a few tokens; they are kept in memory and never in a file.
  private static let maximumTokenBytes = 256 << 10

  private let client: HTTPClient
  private let operation: Operation
  private let expectsTokens: Bool

  /// Begins the call.
  init(
    _ run: Honeydew_Worker_Run, command: Command, payload: JSONValue, client: HTTPClient, spool: SpoolFile?
  ) throws(APIFailure) {
    guard let operation = Operation.find(command: command.name) else {
      throw APIFailure(.unknownCommand, "the API has no operation for \(command.name)", wasNotSent: true)
    }
    self.client = client
    self.operation = operation
    if case .internalCall = command.target { expectsTokens = true } else { expectsTokens = false }
    var endpoint = try Endpoint(run)
    if expectsTokens { endpoint.maximumResponseBytes = Self.maximumTokenBytes }
    client.begin(
      APICall(
        run, to: endpoint, operation, variables: Array(run.payload.utf8), isRepeatable: command.isRepeatable,
        secrets: command.secretTexts(in: payload)),
      spool: expectsTokens ? nil : spool)
  }

  func step(now: Duration) -> Outcome? { client.step().map(outcome) }

  var knownOutcome: Outcome? { client.knownOutcome.map(outcome) }

  private func outcome(_ outcome: APIOutcome) -> Outcome {
    guard expectsTokens, case .data(let bytes) = outcome else { return Outcome(outcome) }
    guard let moment = client.answeredAt, let tokens = AuthTokens(data: bytes, of: operation, in: moment) else {
      return .failure(APIFailure(.apiUnavailable, "the API's answer to \(operation.fields[0]) holds no tokens"))
    }
    return .tokens(tokens)
  }

  var pause: Pause { .network }

  func abort(_ cut: Cut, now: Duration) -> Bool? { client.abort() }
}

extension Command {
  /// The texts in a payload that no error may show.
  fileprivate func secretTexts(in payload: JSONValue) -> [String] {
    var texts: [String] = []
    replacingSecrets(in: payload) { value, _ in
      texts.append(value.string ?? String(decoding: value.serialized, as: UTF8.self))
      return value
    }
    return texts
  }
}
