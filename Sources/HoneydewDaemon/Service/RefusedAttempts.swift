/// Refused connections or calls, of which each user has one line a minute in the log: who may not do a thing must not fill it.
struct RefusedAttempts {
  private static let interval = Duration.seconds(60)
  /// Users that are told apart; to remember more would be a way to take the daemon's memory.
  private static let capacity = 256

  private var lines: [UInt32: (at: Duration, since: Int)] = [:]

  /// - Returns: how many were passed over since the user's last line; nil when this one is, too.
  mutating func note(uid: UInt32, at now: Duration) -> Int? {
    let line = lines[uid]
    if let line, now - line.at < Self.interval {
      lines[uid] = (line.at, line.since + 1)
      return nil
    }
    if lines.count >= Self.capacity { lines = [:] }
    lines[uid] = (now, 0)
    return line?.since ?? 0
  }
}
