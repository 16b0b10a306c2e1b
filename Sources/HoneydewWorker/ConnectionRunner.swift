internal import HoneydewAPI
internal import HoneydewCore
internal import HoneydewFrames

/// Connects to the API and sends nothing: that a name is found and a certificate accepted in this sandbox.
final class ConnectionRunner: CommandRunner {
  private let client: HTTPClient

  /// Begins to connect.
  init(_ run: Honeydew_Worker_Run, client: HTTPClient) throws(APIFailure) {
    self.client = client
    client.beginConnecting(to: try Endpoint(run))
  }

  func step(now: Duration) -> Outcome? {
    switch client.step() {
    case .data, .spooled: .data([])
    case .unauthorized(let text): .unauthorized(text: text)
    case .failure(let failure): .failure(failure)
    case nil: nil
    }
  }

  var pause: Pause { .network }

  func abort(_ cut: Cut, now: Duration) -> Bool? { client.abort() }
}
