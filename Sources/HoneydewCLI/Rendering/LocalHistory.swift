internal import HoneydewCore
internal import HoneydewMessages

/// What the attempts of a local command tell together.
struct LocalHistory {
  /// So many runs make a usual duration.
  private static let least = 3

  private(set) var runs = 0
  private(set) var completed = 0
  private(set) var failed = 0
  /// Of the runs that completed.
  private(set) var durations: [Duration] = []

  init(_ attempts: [Honeydew_Attempt]) {
    for attempt in attempts {
      runs += 1
      switch attempt.outcome {
      case "completed":
        completed += 1
        if let duration = Self.duration(of: attempt) { durations.append(duration) }
      case "failed", "crashed": failed += 1
      default: break
      }
    }
  }

  /// Of the runs that came to an end by themselves, how many completed, from 0 to 1.
  var successRate: Double? {
    completed + failed > 0 ? Double(completed) / Double(completed + failed) : nil
  }

  var mean: Duration? {
    durations.isEmpty ? nil : durations.reduce(.zero, +) / durations.count
  }

  /// How long it takes when all goes well; nil while there are too few runs to tell.
  var usualDuration: Duration? { durations.count < Self.least ? nil : mean }

  /// Nil while it runs.
  static func duration(of attempt: Honeydew_Attempt) -> Duration? {
    if let wall = LocalReport(attempt.report).wall { return wall }
    guard let start = Timestamp(attempt.startedAt), let end = Timestamp(attempt.endedAt) else { return nil }
    return end - start
  }
}
