/// One attempt of one piece of work, as a worker knows it.
public struct WorkID: Hashable, Sendable {
  /// A job's id, or the id of an internal call.
  public var id: String
  public var attempt: Int32

  public init(id: String, attempt: Int32) {
    self.id = id
    self.attempt = attempt
  }

  /// Names the attempt in the log, and to the API in the field `X-Request-ID`.
  public var requestID: String { "\(id).\(attempt)" }
}
