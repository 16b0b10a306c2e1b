internal import HoneydewCore
internal import HoneydewJSON
internal import HoneydewMessages

extension Submission {
  init(_ request: Honeydew_SubmitJobRequest, by access: Access) throws(Refusal) {
    try access.check(request.command, environment: request.environment)
    self.init(
      by: access.uid, command: request.command, payload: Array(request.payload.utf8), environment: request.environment,
      options: Options(request))
  }

  /// A call of the API by its own RPC.
  init(
    command: String, payload: JSONValue, _ request: Honeydew_JobOptions, by access: Access
  ) throws(Refusal) {
    try access.check(command, environment: request.environment)
    self.init(
      by: access.uid, command: command, payload: payload.serialized, environment: request.environment,
      options: Options(request))
  }
}

/// The options as a request has them; `JobOptions` repeats the fields of `SubmitJobRequest`.
private protocol RequestedOptions {
  var priority: Int32 { get }
  var hasMaxRetries: Bool { get }
  var maxRetries: Int32 { get }
  var hasTimeoutMs: Bool { get }
  var timeoutMs: Int64 { get }
  var runAt: String { get }
  var hasDelayMs: Bool { get }
  var delayMs: Int64 { get }
  var idempotencyKey: String { get }
  var labels: [String: String] { get }
  var pool: String { get }
}

extension Honeydew_SubmitJobRequest: RequestedOptions {}
extension Honeydew_JobOptions: RequestedOptions {}

extension Submission.Options {
  fileprivate init(_ request: some RequestedOptions) {
    self.init(
      priority: request.priority, maxRetries: request.hasMaxRetries ? request.maxRetries : nil,
      timeoutMilliseconds: request.hasTimeoutMs ? request.timeoutMs : nil, runAt: request.runAt,
      delayMilliseconds: request.hasDelayMs ? request.delayMs : nil, idempotencyKey: request.idempotencyKey,
      labels: request.labels, pool: request.pool)
  }
}
