/// Names one scheduled timer. A token of a timer that has fired or was cancelled names nothing any more.
public struct TimerToken: Hashable, Sendable {
  let queue: TimerQueue.Kind
  let slot: Int
  let generation: UInt64
}

/// A binary heap of timers: earliest deadline first, in the order of scheduling where deadlines are equal. Each timer
/// knows its place in the heap, so that a cancelled one leaves at once and never wakes anybody.
struct TimerQueue {
  enum Kind: Sendable { case monotonic, wall }

  private struct Timer {
    var deadline: Duration
    var generation: UInt64
    var place: Int
    var handler: (() -> Void)?
  }

  let kind: Kind
  private var timers: [Timer] = []
  private var freeSlots: [Int] = []
  private var heap: [Int] = []
  private var generations: UInt64 = 0

  init(_ kind: Kind) {
    self.kind = kind
  }

  var count: Int { heap.count }

  var earliest: Duration? { heap.first.map { timers[$0].deadline } }

  mutating func schedule(at deadline: Duration, handler: @escaping () -> Void) -> TimerToken {
    generations += 1
    let timer = Timer(deadline: deadline, generation: generations, place: heap.count, handler: handler)
    let slot: Int
    if let free = freeSlots.popLast() {
      slot = free
      timers[slot] = timer
    } else {
      slot = timers.count
      timers.append(timer)
    }
    heap.append(slot)
    moveUp(from: heap.count - 1)
    return TimerToken(queue: kind, slot: slot, generation: generations)
  }

  /// Removes the timer and returns its handler, or nil when it is not scheduled any more.
  @discardableResult
  mutating func take(_ token: TimerToken) -> (() -> Void)? {
    guard token.slot < timers.count, timers[token.slot].generation == token.generation,
      let handler = timers[token.slot].handler
    else { return nil }
    let place = timers[token.slot].place
    timers[token.slot].handler = nil
    freeSlots.append(token.slot)
    let last = heap.removeLast()
    if place < heap.count {
      put(last, at: place)
      moveDown(from: place)
      moveUp(from: place)
    }
    return handler
  }

  /// Of the timer that was scheduled last.
  var lastGeneration: UInt64 { generations }

  /// Removes the first timer that is due at `now` and returns its handler; nil when there is none, or when it was
  /// scheduled after the one of that generation.
  mutating func takeDue(at now: Duration, upTo generation: UInt64) -> (() -> Void)? {
    guard let slot = heap.first, timers[slot].deadline <= now, timers[slot].generation <= generation else { return nil }
    return take(TimerToken(queue: kind, slot: slot, generation: timers[slot].generation))
  }

  private func isBefore(_ left: Int, _ right: Int) -> Bool {
    (timers[left].deadline, timers[left].generation) < (timers[right].deadline, timers[right].generation)
  }

  private mutating func put(_ slot: Int, at place: Int) {
    heap[place] = slot
    timers[slot].place = place
  }

  private mutating func moveUp(from start: Int) {
    let slot = heap[start]
    var place = start
    while place > 0, isBefore(slot, heap[(place - 1) / 2]) {
      put(heap[(place - 1) / 2], at: place)
      place = (place - 1) / 2
    }
    put(slot, at: place)
  }

  private mutating func moveDown(from start: Int) {
    let slot = heap[start]
    var place = start
    while true {
      var child = 2 * place + 1
      guard child < heap.count else { break }
      if child + 1 < heap.count, isBefore(heap[child + 1], heap[child]) { child += 1 }
      guard isBefore(heap[child], slot) else { break }
      put(heap[child], at: place)
      place = child
    }
    put(slot, at: place)
  }
}
