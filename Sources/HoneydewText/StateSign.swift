/// The sign and the word of a job's state, the same wherever jobs are shown. A state is never told by colour alone.
public struct StateSign: Equatable, Sendable {
  public let sign: Character
  public let word: String

  /// - Parameters:
  ///   - status: pending, running, completed, failed or cancelled.
  ///   - waits: whether a pending one is delayed, or backs off.
  public init(status: String, waits: Bool = false) {
    switch status {
    case "pending" where waits: (sign, word) = ("◔", "waiting")
    case "pending": (sign, word) = ("○", status)
    case "running": (sign, word) = ("●", status)
    case "completed": (sign, word) = ("✓", status)
    case "failed", "crashed": (sign, word) = ("✗", status)
    case "cancelled", "interrupted": (sign, word) = ("–", status)
    default: (sign, word) = ("?", status)
    }
  }

  public var text: String { "\(sign) \(word)" }
}
