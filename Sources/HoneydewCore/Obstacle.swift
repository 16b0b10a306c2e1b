/// What holds a pending job back, and until when if that is known.
public struct Obstacle: Equatable, Sendable {
  /// Words for programs: none is renamed, and none changes its meaning.
  public enum Reason: String, CaseIterable, Sendable {
    case shuttingDown = "shutting_down"
    case diskFull = "disk_full"
    case workersStopped = "workers_stopped"
    case poolMissing = "pool_missing"
    case poolPaused = "pool_paused"
    case queuePaused = "queue_paused"
    case providerPaused = "provider_paused"
    case delayed
    case backoff
    case held
    case resting
    case refreshing
    case crashes
    case limit
    case workersBusy = "workers_busy"

    /// Whether the job waits until a person does something.
    public var needsAction: Bool {
      switch self {
      case .diskFull, .workersStopped, .poolMissing, .poolPaused, .queuePaused, .providerPaused: true
      default: false
      }
    }
  }

  public let reason: Reason
  /// For people, without the moment.
  public let text: String
  /// When it ends by itself; nil where that is not known.
  public let until: Timestamp?

  private init(_ reason: Reason, _ text: String, until: Timestamp? = nil) {
    self.reason = reason
    self.text = text
    self.until = until
  }

  public static let shuttingDown = Obstacle(.shuttingDown, "the daemon is shutting down")
  public static let diskFull = Obstacle(.diskFull, "the disk is full; see: honeydew status")
  /// - Parameter size: how many workers the pool may have.
  public static func workersStopped(in pool: String, size: Int) -> Obstacle {
    let (what, command) = PoolRules.standstill(of: pool, size: size)
    return Obstacle(.workersStopped, "\(what); go on with: \(command)")
  }

  public static func poolMissing(_ pool: String) -> Obstacle {
    Obstacle(
      .poolMissing, "there is no pool \(pool.printable) any more; add it to the configuration, or cancel the job")
  }
  public static let workersBusy = Obstacle(.workersBusy, "all workers are busy")

  /// A job that is not to run before a moment: because it was asked for, or because it has failed.
  public static func time(_ moment: Timestamp, after error: JobError?) -> Obstacle {
    error.map { Obstacle(.backoff, "\($0)", until: moment) } ?? Obstacle(.delayed, "delayed", until: moment)
  }

  /// A job that comes after others of its schedule.
  public static func held(for schedule: String) -> Obstacle {
    Obstacle(.held, "an earlier job of the schedule \(schedule) has not ended")
  }

  /// What a throttle holds back.
  ///
  /// - Parameters:
  ///   - lane: the job's.
  ///   - wall: the wall clock at a monotonic time.
  public init(_ hold: Throttle.Hold, of lane: PendingQueue.Lane, wall: (Duration) -> Timestamp) {
    self =
      switch hold {
      case .queuePaused: Obstacle(.queuePaused, "queue paused; go on with: honeydew queue resume")
      case .poolPaused:
        Obstacle(.poolPaused, "the pool \(lane.pool) is paused; go on with: honeydew queue resume --pool \(lane.pool)")
      case .providerPaused:
        Obstacle(
          .providerPaused,
          "\(lane.provider) paused; go on with: honeydew queue resume --provider \(lane.provider)")
      case .refreshing: Obstacle(.refreshing, "the tokens of \(lane.environment ?? "") are being refreshed")
      case .resting(let end): Obstacle(.resting, "\(lane.provider) asked for rest", until: wall(end))
      case .suspect: Obstacle(.crashes, "\(lane.command) keeps killing its workers: its jobs run one at a time")
      case .limit(let limit): Obstacle(.limit, "the most jobs of \(lane.provider) run that may (\(limit))")
      }
  }
}
