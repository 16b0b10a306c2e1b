/// Which kinds of jobs kill their workers. A kind that did so three times in ten seconds is a suspect: its jobs run one at
/// a time, with a rest after each crash, until one completes. So fresh jobs of it, as many as there may be, leave the
/// others their share of the pool.
public struct CrashWatch: Equatable, Sendable {
  /// So many crashes within the window make a suspect.
  public static let limit = 3
  public static let window = Duration.seconds(10)
  /// The rest after a suspect's crash, for each suspect that there is: ten times what the next process of a worker takes
  /// to come up, within these bounds. So all suspects together cost at most a tenth of one worker.
  public static let shortestRest = Duration.milliseconds(500)
  public static let longestRest = Duration.seconds(2)

  private struct Record: Equatable {
    /// The latest, at most `limit`, in order.
    var crashes: [Duration] = []
    var isSuspect = false
    var restsUntil = Duration.zero
  }

  private var records: [PendingQueue.Lane: Record] = [:]
  public private(set) var suspects: [PendingQueue.Lane] = []

  public init() {}

  /// A job of this kind has cost a worker its process.
  ///
  /// - Parameter startTime: what a process takes to come up.
  public mutating func crashed(_ kind: PendingQueue.Lane, startTime: Duration, at now: Duration) {
    var record = records[kind] ?? Record()
    record.crashes = record.crashes.suffix(CrashWatch.limit - 1) + [now]
    if record.crashes.count == CrashWatch.limit, now - record.crashes[0] <= CrashWatch.window, !record.isSuspect {
      record.isSuspect = true
      suspects.append(kind)
    }
    if record.isSuspect {
      let rest = min(max(startTime * 10, CrashWatch.shortestRest), CrashWatch.longestRest)
      record.restsUntil = now + rest * suspects.count
    }
    records[kind] = record
  }

  /// A job of this kind has completed. Its crashes are remembered: the next one within the window makes it a suspect
  /// again.
  public mutating func completed(_ kind: PendingQueue.Lane) {
    guard let index = suspects.firstIndex(of: kind) else { return }
    suspects.remove(at: index)
    records[kind]?.isSuspect = false
  }

  /// Whether a job of this kind may start, while so many of them run.
  public func admits(_ kind: PendingQueue.Lane, running: Int, at now: Duration) -> Bool {
    guard let record = records[kind], record.isSuspect else { return true }
    return running == 0 && record.restsUntil <= now
  }

  /// When the first rest after `now` ends.
  public func nextRestEnd(after now: Duration) -> Duration? {
    suspects.lazy.compactMap { records[$0]?.restsUntil }.filter { $0 > now }.min()
  }
}
