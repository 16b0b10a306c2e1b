extension Schedule {
  /// In what it differs from another one in what is asked of it, by the names of the contract. Payloads are told apart by
  /// who can open them.
  public func differences(from other: Schedule) -> [String] {
    let comparisons = [
      ("cron_expr", expressionText == other.expressionText), ("command", command == other.command),
      ("priority", options.priority == other.options.priority),
      ("max_retries", options.maxRetries == other.options.maxRetries),
      ("timeout_ms", options.timeoutMilliseconds == other.options.timeoutMilliseconds),
      ("environment", options.environment == other.options.environment),
      ("pool", options.pool == other.options.pool), ("labels", options.labels == other.options.labels),
      ("overlap", overlap == other.overlap),
      ("missed", missed == other.missed), ("catchup_window_ms", catchUpWindow == other.catchUpWindow),
      ("paused", isEnabled == other.isEnabled), ("set", set == other.set),
    ]
    return comparisons.filter { !$0.1 }.map(\.0)
  }

  /// Asks of this schedule what another one asks for, and keeps what it has done and decided. An equal expression goes on
  /// as it was: its intervals are counted from where they were.
  ///
  /// - Parameters:
  ///   - other: with the payload that this one's row may hold.
  ///   - zone: the rules of its expression's zone, from which it starts now; nil where it goes on.
  /// - Throws: a refusal of an expression that would never tick.
  public mutating func take(from other: Schedule, at now: Timestamp, in zone: ZoneRules?) throws(Refusal) {
    if expression != other.expression { setExpression(other.expression, text: other.expressionText, at: now) }
    (expressionText, command, payload) = (other.expressionText, other.command, other.payload)
    (options, isEnabled, set) = (other.options, other.isEnabled, other.set)
    (overlap, missed, catchUpWindow) = (other.overlap, other.missed, other.catchUpWindow)
    if let zone { try begin(at: now, in: zone) }
    updatedAt = now
  }
}
