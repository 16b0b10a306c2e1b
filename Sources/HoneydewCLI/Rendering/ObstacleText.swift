internal import HoneydewCore
internal import HoneydewMessages
internal import HoneydewSystem
internal import HoneydewText

/// What is said about what holds a job back.
enum ObstacleText {
  /// With what is left until it ends by itself: `retry in 4 s: API_UNAVAILABLE: …`.
  static func sentence(_ obstacle: Honeydew_Obstacle) -> String {
    let now = Timestamp(milliseconds: Clock.wall().wholeMilliseconds)
    guard let end = Timestamp(obstacle.until), end > now else { return obstacle.text }
    // Whole seconds, rounded up: they are counted down.
    let left = HumanText.duration(.seconds((end - now + .milliseconds(999)).components.seconds))
    return obstacle.reason == Obstacle.Reason.backoff.rawValue
      ? "retry in \(left): \(obstacle.text)" : "\(obstacle.text); starts in \(left)"
  }
}
