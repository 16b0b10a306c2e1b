extension Schedule {
  /// A tick that is no later than this is on time.
  public static let punctuality = Duration.seconds(60)

  /// Ticks that have come.
  public struct DueTicks: Equatable, Sendable {
    /// Those to run, oldest first.
    public var runs: [Timestamp] = []
    /// Whether they make up for what was missed: all of several ticks that have come together, or one that comes late.
    public var isCatchUp = false
    /// How many others the policy on missed ticks leaves out.
    public var missedCount: Int64 = 0
  }

  /// Decides which of the ticks that have come are run; `nextRunAt` is then the first one that is undecided.
  ///
  /// - Parameters:
  ///   - zone: the rules of the expression's zone.
  ///   - limit: of the ticks that are decided now, but for a last one. When there are more, `nextRunAt` has come too.
  ///   - hasRun: whether there is a job for this tick already: the clock can have been set back.
  public mutating func takeDueTicks<Failure: Error>(
    at now: Timestamp, in zone: ZoneRules, limit: Int = 1000, hasRun: (Timestamp) throws(Failure) -> Bool
  ) throws(Failure) -> DueTicks {
    settle(at: now)
    nextRunAt = next(after: decidedUntil, in: zone)
    var due: [Timestamp] = []
    var count = 0
    var hasMore = false
    while let tick = nextRunAt, tick <= now {
      let following = next(after: tick, in: zone)
      hasMore = following.map { $0 <= now } ?? false
      // The last one goes with the others: decided later it would seem to have come alone.
      if count >= limit, hasMore { break }
      if try !hasRun(tick) { due.append(tick) }
      decidedUntil = tick
      nextRunAt = following
      count += 1
    }
    if !hasMore { decidedUntil = now }
    let tolerance = missed == .none ? Self.punctuality : max(catchUpWindow, Self.punctuality)
    var runs = due.filter { now - $0 <= tolerance }
    if missed != .all { runs = hasMore ? [] : runs.suffix(1) }
    let isLate = runs.last.map { now - $0 > Self.punctuality } ?? false
    return DueTicks(
      runs: runs, isCatchUp: missed == .all && (due.count > 1 || hasMore || isLate),
      missedCount: Int64(due.count - runs.count))
  }

  /// Lets it wait for the rules of its zone. The ticks of this time are decided about when they are there.
  public mutating func waitForZone(at now: Timestamp) {
    settle(at: now)
    nextRunAt = nil
  }

  /// Of the time before its next tick it is decided that there is none, whatever other rules of the zone may say.
  private mutating func settle(at now: Timestamp) {
    let settled = nextRunAt.map { min(now, $0 + .milliseconds(-1)) } ?? decidedUntil
    decidedUntil = min(max(decidedUntil, settled), now)
  }

  /// What becomes of a tick while a job of an earlier one has not ended.
  ///
  /// Ticks that are made up for run one after the other: they would stand in each other's way only because they come
  /// together.
  public func overlap(catchingUp: Bool) -> OverlapPolicy {
    catchingUp && overlap != .allow ? .queue : overlap
  }

  /// The first tick after a moment.
  public func next(after moment: Timestamp, in zone: ZoneRules) -> Timestamp? {
    expression.next(after: moment, in: zone, from: anchor)
  }

  /// Begins to tick at a moment: ticks before it are none of this schedule's.
  public mutating func start(at now: Timestamp, in zone: ZoneRules) {
    decidedUntil = now
    nextRunAt = isEnabled ? next(after: now, in: zone) : nil
  }

  /// Gives the schedule another expression, which starts from now.
  public mutating func setExpression(_ expression: CronExpression, text: String, at now: Timestamp) {
    self.expression = expression
    expressionText = text
    anchor = Timestamp(milliseconds: now.milliseconds.flooredDivision(by: 1000) * 1000)
  }

  /// Notes that a job was made.
  public mutating func ran(as jobID: String, at now: Timestamp) {
    lastRunAt = now
    lastJobID = jobID
  }

  /// Notes ticks that made no job.
  ///
  /// - Parameter text: why, for people.
  public mutating func skipped(_ reason: SkipReason, count: Int64 = 1, _ text: String, at now: Timestamp) {
    skips.counts[reason, default: 0] += count
    skips.lastAt = now
    skips.lastText = text
  }
}
