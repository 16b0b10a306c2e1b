/// The restart of several workers, one after the other: the next one goes when the one before is back. It ends early when
/// one does not come back, so that a broken executable costs one worker and not the pool.
public struct RollingRestart: Equatable, Sendable {
  public enum Step: Equatable, Sendable {
    /// Restart the worker with this number now, and ask again.
    case restart(Int)
    /// Nothing, until something has happened to the pool.
    case wait
    case done
    /// The worker with this number was restarted and does not come back.
    case failed(Int)
  }

  /// What is known of the slot whose process is being replaced, from before the restart.
  private struct Present: Equatable, Sendable {
    var number: Int
    var readyCount: Int
    var failedStarts: Int
  }

  private var waiting: [Int]
  private var present: Present?
  /// The numbers of the workers that are back, in the order of their return.
  public private(set) var finished: [Int] = []

  /// - Parameter numbers: of the workers, from 1.
  public init(_ numbers: [Int]) {
    waiting = numbers
  }

  /// - Parameter slots: the whole pool's, in the order of their numbers.
  public mutating func advance(_ slots: [Slot]) -> Step {
    if let present {
      let slot = slots[present.number - 1]
      if slot.readyCount > present.readyCount || slot.state == .dormant {
        finished.append(present.number)
      } else if slot.plan != .stop {
        return slot.failedStarts > present.failedStarts ? .failed(present.number) : .wait
      }
      self.present = nil
    }
    // A stopped worker is in nobody's way, and one without a process gets the new executable when there is work for it.
    waiting.removeAll { slots[$0 - 1].plan == .stop || slots[$0 - 1].state == .dormant }
    // A free worker goes at once; a busy one may be free by its turn.
    guard let index = waiting.firstIndex(where: { slots[$0 - 1].work == nil }) ?? waiting.indices.first else {
      return .done
    }
    let number = waiting.remove(at: index)
    let slot = slots[number - 1]
    present = Present(number: number, readyCount: slot.readyCount, failedStarts: slot.failedStarts)
    return .restart(number)
  }
}
