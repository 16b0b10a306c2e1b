internal import HoneydewAPI
internal import HoneydewCore
internal import HoneydewFrames

extension APICall {
  /// The call of a run, whose access token no error may show.
  ///
  /// - Parameter secrets: what else no error may show.
  init(
    _ run: Honeydew_Worker_Run, to endpoint: Endpoint, _ operation: Operation, variables: [UInt8], isRepeatable: Bool,
    secrets: [String] = []
  ) {
    let accessToken = run.accessToken.isEmpty ? nil : run.accessToken
    self.init(
      endpoint: endpoint, requestID: WorkID(id: run.jobID, attempt: run.attempt).requestID, accessToken: accessToken,
      operation: operation, variables: variables, isRepeatable: isRepeatable,
      secrets: secrets + (accessToken.map { [$0] } ?? []))
  }
}
