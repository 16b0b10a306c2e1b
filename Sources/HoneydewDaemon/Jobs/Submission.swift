internal import HoneydewCore
internal import HoneydewJSON
internal import HoneydewWire

/// What a client asks to be run.
struct Submission {
  var command: String
  /// JSON text; empty means `{}`.
  var payload: [UInt8]
  /// Empty means the active environment.
  var environment = ""
  var options = Options()

  /// How it is to be run.
  struct Options: Equatable {
    var priority: Int32 = 0
    var maxRetries: Int32?
    var timeoutMilliseconds: Int64?
    /// RFC 3339; empty means now.
    var runAt = ""
    var delayMilliseconds: Int64?
    var idempotencyKey = ""
    var labels: [String: String] = [:]

    /// The same text for the same options, in whatever order they came; the key itself is not in it.
    var canonicalText: String {
      var members: [JSONValue.Member] = []
      if let delayMilliseconds { members.append(.init("delay_ms", .number(delayMilliseconds))) }
      if !labels.isEmpty {
        members.append(
          .init("labels", .object(labels.sorted { $0.key < $1.key }.map { .init($0.key, .string($0.value)) })))
      }
      if let maxRetries { members.append(.init("max_retries", .number(maxRetries))) }
      members.append(.init("priority", .number(priority)))
      if !runAt.isEmpty { members.append(.init("run_at", .string(runAt))) }
      if let timeoutMilliseconds { members.append(.init("timeout_ms", .number(timeoutMilliseconds))) }
      return String(decoding: JSONValue.object(members).serialized, as: UTF8.self)
    }
  }

  init(_ request: Honeydew_SubmitJobRequest) {
    command = request.command
    payload = Array(request.payload.utf8)
    environment = request.environment
    options = Options(request)
  }

  /// What a schedule asks for.
  ///
  /// - Parameter payload: in the open.
  init(_ schedule: Schedule, payload: [UInt8]) {
    command = schedule.command
    self.payload = payload
    environment = schedule.options.environment ?? ""
    options = Options(
      priority: schedule.options.priority, maxRetries: schedule.options.maxRetries,
      timeoutMilliseconds: schedule.options.timeoutMilliseconds, labels: schedule.options.labels)
  }

  /// A call of the API by its own RPC.
  init(command: String, payload: JSONValue, _ request: Honeydew_JobOptions) {
    self.command = command
    self.payload = payload.serialized
    environment = request.environment
    options = Options(request)
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
}

extension Honeydew_SubmitJobRequest: RequestedOptions {}
extension Honeydew_JobOptions: RequestedOptions {}

extension Submission.Options {
  fileprivate init(_ request: some RequestedOptions) {
    self.init(
      priority: request.priority, maxRetries: request.hasMaxRetries ? request.maxRetries : nil,
      timeoutMilliseconds: request.hasTimeoutMs ? request.timeoutMs : nil, runAt: request.runAt,
      delayMilliseconds: request.hasDelayMs ? request.delayMs : nil, idempotencyKey: request.idempotencyKey,
      labels: request.labels)
  }
}

/// A payload that is the same for the same arguments.
func canonical(_ payload: [UInt8]) -> JSONValue? {
  (try? JSONValue(parsing: payload))?.sorted
}

extension JSONValue {
  /// The value with the members of all its objects in the order of their keys.
  fileprivate var sorted: JSONValue {
    switch self {
    case .array(let elements): .array(elements.map(\.sorted))
    case .object(let members):
      .object(members.map { Member($0.key, $0.value.sorted) }.sorted { $0.key < $1.key })
    default: self
    }
  }
}
