/// The pending jobs in the order in which they run: priority descending, then submission order. Jobs that may not run
/// yet wait in a second heap by time.
///
/// A job costs at most 32 bytes here; the rest of it stays in the store.
public struct PendingQueue {
  private struct Ready {
    var priority: Int32
    var sequence: Int64
  }

  private struct Delayed {
    var notBefore: Duration
    var ready: Ready
  }

  private var ready = Heap<Ready> { ($1.priority, $0.sequence) < ($0.priority, $1.sequence) }
  private var delayed = Heap<Delayed> { ($0.notBefore, $0.ready.sequence) < ($1.notBefore, $1.ready.sequence) }
  /// Removed jobs whose entries are still in a heap.
  private var removed: Set<Int64> = []

  public init() {}

  /// How many jobs are pending, delayed ones included.
  public var count: Int { ready.count + delayed.count - removed.count }

  public mutating func insert(sequence: Int64, priority: Int32) {
    ready.insert(Ready(priority: priority, sequence: sequence))
  }

  /// - Parameter notBefore: monotonic time.
  public mutating func insert(sequence: Int64, priority: Int32, notBefore: Duration) {
    delayed.insert(Delayed(notBefore: notBefore, ready: Ready(priority: priority, sequence: sequence)))
  }

  /// Takes out a job that is in the queue.
  public mutating func remove(sequence: Int64) {
    removed.insert(sequence)
  }

  /// The first job that may run at `now`; it is taken out.
  public mutating func next(at now: Duration) -> Int64? {
    while let first = delayed.top, first.notBefore <= now {
      _ = delayed.popTop()
      ready.insert(first.ready)
    }
    while let first = ready.popTop() {
      if removed.remove(first.sequence) == nil { return first.sequence }
    }
    return nil
  }

  /// When the first delayed job may run.
  public var nextDelayed: Duration? { delayed.top?.notBefore }
}
