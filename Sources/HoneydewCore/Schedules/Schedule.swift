/// A schedule, as its row holds it: a job that is submitted at every tick of a cron expression.
public struct Schedule: Equatable, Sendable {
  /// 13 random lower-case base32 characters.
  public var id: String
  public var name: String
  public var expression: CronExpression
  /// The expression as it was written.
  public var expressionText: String
  public var command: String
  /// The uid of who added it, whose its jobs are.
  public var submitter: UInt32
  /// JSON text, secret arguments sealed.
  public var payload: [UInt8]
  public var options: Options
  /// Whether it ticks; a paused one does not, and does not make up for it later.
  public var isEnabled: Bool
  public var overlap: OverlapPolicy
  public var missed: MissedPolicy
  /// How old a missed tick may be that is still run.
  public var catchUpWindow: Duration
  public var createdAt: Timestamp
  public var updatedAt: Timestamp
  /// When it last made a job.
  public var lastRunAt: Timestamp?
  public var lastJobID: String?
  /// The next tick; nil when it is paused, and where there is none before the year 10000.
  public var nextRunAt: Timestamp?
  /// What the intervals of `@every` are counted from, in whole seconds.
  public var anchor: Timestamp
  /// It is decided what becomes of the ticks up to this moment.
  public var decidedUntil: Timestamp
  public var skips: Skips
  /// The set that it belongs to; nil when it was added by itself.
  public var set: String?

  /// How its jobs are to be run.
  public struct Options: Equatable, Sendable {
    public var priority: Int32
    public var maxRetries: Int32?
    public var timeoutMilliseconds: Int64?
    /// The environment's name; nil for a command that calls no API.
    public var environment: String?
    /// Its name; nil is the one that the command has by itself.
    public var pool: String?
    public var labels: [String: String]

    public init(
      priority: Int32 = 0, maxRetries: Int32? = nil, timeoutMilliseconds: Int64? = nil, environment: String? = nil,
      pool: String? = nil, labels: [String: String] = [:]
    ) {
      self.priority = priority
      self.maxRetries = maxRetries
      self.timeoutMilliseconds = timeoutMilliseconds
      self.environment = environment
      self.pool = pool
      self.labels = labels
    }
  }

  /// Ticks that made no job.
  public struct Skips: Equatable, Sendable {
    public var counts: [SkipReason: Int64]
    public var lastAt: Timestamp?
    /// Why the last one was skipped, for people.
    public var lastText: String?

    public init(counts: [SkipReason: Int64] = [:], lastAt: Timestamp? = nil, lastText: String? = nil) {
      self.counts = counts
      self.lastAt = lastAt
      self.lastText = lastText
    }
  }

  public init(
    id: String, name: String, expression: CronExpression, expressionText: String, command: String,
    submitter: UInt32 = 0, payload: [UInt8],
    options: Options = Options(), isEnabled: Bool = true, overlap: OverlapPolicy = .skip, missed: MissedPolicy = .one,
    catchUpWindow: Duration = Schedule.defaultCatchUpWindow, createdAt: Timestamp, updatedAt: Timestamp? = nil,
    lastRunAt: Timestamp? = nil, lastJobID: String? = nil, nextRunAt: Timestamp? = nil, anchor: Timestamp? = nil,
    decidedUntil: Timestamp? = nil, skips: Skips = Skips(), set: String? = nil
  ) {
    self.id = id
    self.name = name
    self.expression = expression
    self.expressionText = expressionText
    self.command = command
    self.submitter = submitter
    self.payload = payload
    self.options = options
    self.isEnabled = isEnabled
    self.overlap = overlap
    self.missed = missed
    self.catchUpWindow = catchUpWindow
    self.createdAt = createdAt
    self.updatedAt = updatedAt ?? createdAt
    self.lastRunAt = lastRunAt
    self.lastJobID = lastJobID
    self.nextRunAt = nextRunAt
    self.anchor = anchor ?? createdAt
    self.decidedUntil = decidedUntil ?? createdAt
    self.skips = skips
    self.set = set
  }

  public static let defaultCatchUpWindow = Duration.seconds(24 * 3600)
}

/// What becomes of a tick while a job of an earlier one has not ended.
public enum OverlapPolicy: String, CaseIterable, Sendable {
  /// It makes no job.
  case skip
  /// Its job waits for the earlier ones.
  case queue
  /// Its job runs beside them.
  case allow
  /// They are cancelled.
  case cancel
}

/// What becomes of ticks that come late: while the daemon was down, or the machine slept, or the clock was set.
public enum MissedPolicy: String, CaseIterable, Sendable {
  /// The latest one is run.
  case one
  /// None is run.
  case none
  /// Each is run.
  case all
}

/// Why a tick made no job.
public enum SkipReason: String, CaseIterable, Sendable {
  /// A job of an earlier tick had not ended.
  case overlap
  /// It came late, and the policy on missed ticks left it out.
  case missed
  /// What the schedule asks for could not be submitted any more.
  case refused
}

/// The schedule that a job comes from.
public struct JobOrigin: Equatable, Sendable {
  /// The schedule's name.
  public var schedule: String
  /// The tick that the job stands for; nil when somebody asked for it. There is one job for a tick.
  public var tick: Timestamp?
  /// Whether the job waits until earlier ones of the schedule have ended.
  public var isSerial: Bool

  public init(schedule: String, tick: Timestamp?, isSerial: Bool) {
    self.schedule = schedule
    self.tick = tick
    self.isSerial = isSerial
  }
}
