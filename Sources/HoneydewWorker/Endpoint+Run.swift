internal import HoneydewAPI
internal import HoneydewCore
internal import HoneydewFrames

extension Endpoint {
  /// Where the call of `run` goes, or why it can go nowhere.
  init(_ run: Honeydew_Worker_Run) throws(APIFailure) {
    guard run.hasEndpoint else {
      throw APIFailure(.protocolError, "the call \(run.command) came without an endpoint", wasNotSent: true)
    }
    let endpoint = run.endpoint
    guard endpoint.caProblem.isEmpty else {
      throw APIFailure(
        .networkError, "the environment's CA file cannot be used: \(endpoint.caProblem)", wasNotSent: true,
        isPermanent: true)
    }
    self.init(
      url: endpoint.url, authorities: endpoint.caCertificates.isEmpty ? nil : endpoint.caCertificates,
      usesProxy: endpoint.useProxy)
    if endpoint.maxResponseBytes > 0 { maximumResponseBytes = Int(clamping: endpoint.maxResponseBytes) }
  }
}
