/// The schedules in the order of their next ticks.
public struct ScheduleQueue {
  private struct Entry {
    var due: Timestamp
    var id: String
  }

  /// Entries stay in the heap when their schedule has another due moment or is gone; this tells which are valid.
  private var dueMoments: [String: Timestamp] = [:]
  private var heap = Heap<Entry> { ($0.due, $0.id) < ($1.due, $1.id) }

  public init() {}

  public var count: Int { dueMoments.count }

  /// Sets when a schedule is due, in place of an earlier moment; nil is never.
  public mutating func set(_ id: String, due: Timestamp?) {
    guard dueMoments[id] != due else { return }
    dueMoments[id] = due
    if let due { heap.insert(Entry(due: due, id: id)) }
    if heap.count > 2 * dueMoments.count + 1024 {
      heap = Heap(dueMoments.map { Entry(due: $1, id: $0) }, by: { ($0.due, $0.id) < ($1.due, $1.id) })
    }
    dropStale()
  }

  /// When the first schedule is due.
  public var earliest: Timestamp? { heap.top?.due }

  /// The first schedule that is due; it is taken out.
  public mutating func next(at now: Timestamp) -> String? {
    guard let top = heap.top, top.due <= now else { return nil }
    _ = heap.popTop()
    dueMoments[top.id] = nil
    dropStale()
    return top.id
  }

  /// Lets the top of the heap be valid.
  private mutating func dropStale() {
    while let top = heap.top, dueMoments[top.id] != top.due { _ = heap.popTop() }
  }
}
