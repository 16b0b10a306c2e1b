internal import HoneydewJSON

/// What a client asks to be run.
public struct Submission: Sendable {
  public var command: String
  /// JSON text; empty means `{}`.
  public var payload: [UInt8]
  /// Empty means the active environment.
  public var environment: String
  public var options: Options
  /// The uid of who asks.
  public var submitter: UInt32

  public init(
    by submitter: UInt32, command: String, payload: [UInt8], environment: String = "", options: Options = Options()
  ) {
    self.submitter = submitter
    self.command = command
    self.payload = payload
    self.environment = environment
    self.options = options
  }

  /// What a schedule asks for.
  ///
  /// - Parameter payload: in the open.
  public init(_ schedule: Schedule, payload: [UInt8]) {
    self.init(
      by: schedule.submitter, command: schedule.command, payload: payload,
      environment: schedule.options.environment ?? "",
      options: Options(
        priority: schedule.options.priority, maxRetries: schedule.options.maxRetries,
        timeoutMilliseconds: schedule.options.timeoutMilliseconds, labels: schedule.options.labels,
        pool: schedule.options.pool ?? ""))
  }

  /// How it is to be run.
  public struct Options: Equatable, Sendable {
    public var priority: Int32
    /// nil is the configured number.
    public var maxRetries: Int32?
    /// nil is the configured time.
    public var timeoutMilliseconds: Int64?
    /// RFC 3339; empty means now.
    public var runAt: String
    public var delayMilliseconds: Int64?
    /// Empty is none.
    public var idempotencyKey: String
    public var labels: [String: String]
    /// Empty means the one that the command has by itself.
    public var pool: String

    public init(
      priority: Int32 = 0, maxRetries: Int32? = nil, timeoutMilliseconds: Int64? = nil, runAt: String = "",
      delayMilliseconds: Int64? = nil, idempotencyKey: String = "", labels: [String: String] = [:], pool: String = ""
    ) {
      self.priority = priority
      self.maxRetries = maxRetries
      self.timeoutMilliseconds = timeoutMilliseconds
      self.runAt = runAt
      self.delayMilliseconds = delayMilliseconds
      self.idempotencyKey = idempotencyKey
      self.labels = labels
      self.pool = pool
    }

    /// The same text for the same options, in whatever order they came; the key itself is not in it.
    public var canonicalText: String {
      var members: [JSONValue.Member] = []
      if let delayMilliseconds { members.append(.init("delay_ms", .number(delayMilliseconds))) }
      if !labels.isEmpty {
        members.append(
          .init("labels", .object(labels.sorted { $0.key < $1.key }.map { .init($0.key, .string($0.value)) })))
      }
      if let maxRetries { members.append(.init("max_retries", .number(maxRetries))) }
      if !pool.isEmpty { members.append(.init("pool", .string(pool))) }
      members.append(.init("priority", .number(priority)))
      if !runAt.isEmpty { members.append(.init("run_at", .string(runAt))) }
      if let timeoutMilliseconds { members.append(.init("timeout_ms", .number(timeoutMilliseconds))) }
      return String(decoding: JSONValue.object(members).serialized, as: UTF8.self)
    }
  }
}

/// Whether two payloads have the same arguments: the order of an object's keys does not matter.
public func haveSameArguments(_ left: [UInt8], _ right: [UInt8]) -> Bool {
  left == right || (try? JSONValue(parsing: left))?.sorted == (try? JSONValue(parsing: right))?.sorted
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
