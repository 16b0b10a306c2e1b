public import HoneydewCore

/// When an answer came, by the clocks of both sides.
public struct AnswerMoment: Equatable, Sendable {
  /// By ours.
  public var received: Timestamp
  /// By the API's, where it has told (`Date`).
  public var sent: Timestamp?

  public init(received: Timestamp, sent: Timestamp? = nil) {
    self.received = received
    self.sent = sent
  }
}
